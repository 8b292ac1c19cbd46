// What an officer does with a row: asked of the node, told of its outcome, and on to the next.
import { effect, signal } from "@preact/signals";
import { get, post, Problem } from "../api/client";
import type { Acted, Alarmed, Item, Posted, Rung, Standing } from "../api/types";
import { t, word } from "../i18n";
import { items, watch } from "../state/live";
import { session } from "../state/session";
import { zuluTime } from "../ui/time";
import { nextWaiting } from "./listing";
import { shelvable, type Row } from "./model";
import { chosen, rows, unseenOf } from "./store";
import { tell } from "./telling";

/** A dialog that stands open over one row. */
export interface Asking {
  what: "read-back" | "objected" | "unable" | "shelve";
  ref: string;
  /** After a right read-back, this too. */
  then?: "accepted";
}

export const asking = signal<Asking | null>(null);
/** Why the node refused what the open dialog sent. */
export const refusal = signal<unknown>(null);
effect(() => {
  if (asking.value !== undefined) refusal.value = null;
});
/** Rows about which an act is under way. */
export const busy = signal<ReadonlySet<string>>(new Set());
/** What somebody else did first, by row: shown in it until it changes. */
export const firsts = signal<ReadonlyMap<string, string>>(new Map());

const role = (): string => session.peek()?.duty ?? "";

/** So many alarms of a row are shown; only what was shown is acknowledged. */
export const SHOWN = 4;

export const shownAlarms = (row: Row) => row.alarms.slice(0, SHOWN);

function onward(key: string): void {
  if (chosen.peek() !== key) return;
  const next = nextWaiting(rows.peek(), key);
  if (next) chosen.value = next;
}

async function during<T>(key: string, act: () => Promise<T>): Promise<T | undefined> {
  if (busy.peek().has(key)) return undefined;
  busy.value = new Set(busy.peek()).add(key);
  try {
    return await act();
  } catch (error) {
    told(key, error);
    return undefined;
  } finally {
    const next = new Set(busy.peek());
    next.delete(key);
    busy.value = next;
  }
}

/** Says what was refused; what another officer did first stays in the row. */
export function told(key: string, error: unknown): void {
  if (error instanceof Problem && error.code === "done-before") {
    first(key, doneBefore(error));
    const ref = String(error.body["ref"] || key);
    void reread(ref);
    asking.value = null;
    return;
  }
  if (asking.peek()) {
    refusal.value = error;
    return;
  }
  tell(error instanceof Problem ? error.message : String(error), "bad");
}

export function doneBefore(error: Problem): string {
  const said = (name: string) => String(error.body[name] ?? "");
  const at = Number(error.body["done_at_ms"]);
  return t("needs:done_before", {
    who: said("who") || said("role"),
    did: word("codes", said("did")),
    at: at > 0 ? zuluTime(at) : "",
  });
}

function first(key: string, text: string): void {
  firsts.value = new Map(firsts.peek()).set(key, text);
  tell(text, "told");
}

/** Puts an item into the live state as the node has it now. */
export async function reread(ref: string): Promise<void> {
  try {
    const found = await get<Item>(`/v1/items/${encodeURIComponent(ref)}`, { outlines: true });
    keep(found);
  } catch {
    // the journal brings it
  }
}

export function keep(found: Item): void {
  const next = new Map(items.peek());
  if (found.closed) next.delete(found.ref);
  else next.set(found.ref, found);
  items.value = next;
}

/** All alarms of the row that are shown and unseen. */
export async function acknowledge(row: Row): Promise<void> {
  const waiting = unseenOf({ ...row, alarms: shownAlarms(row) });
  if (waiting.length === 0) {
    const seen = row.alarms.find((one) => one.acknowledged_by);
    tell(seen ? alreadyOf(seen) : t("needs:nothing_to_acknowledge"), "told");
    return;
  }
  const done = await during(row.key, async () => {
    for (const alarm of waiting) {
      const acted = await post<Acted>("/v1/watch/alarms/acknowledge", {
        key: alarm.key,
        role: role(),
        seen_ms: alarm.told_ms,
      });
      replace(acted);
      if (!acted.done) first(row.key, alreadyBy(acted));
    }
    return true;
  });
  if (done) onward(row.key);
}

const alreadyOf = (alarm: Alarmed): string =>
  t("needs:done_before", {
    who: alarm.acknowledged_by,
    did: word("codes", "acknowledged"),
    at: alarm.acknowledged ? zuluTime(Date.parse(alarm.acknowledged)) : "",
  });

function alreadyBy(acted: Acted): string {
  const at = acted.at ? zuluTime(Date.parse(acted.at)) : "";
  return t("needs:done_before", { who: acted.by, did: word("codes", "acknowledged"), at });
}

function replace(acted: Acted): void {
  const seen = watch.peek();
  if (!seen) return;
  const next = seen.alarms.map((one) => (one.key === acted.alarm.key ? acted.alarm : one));
  watch.value = { ...seen, alarms: next };
}

/** What this screen showed of our own standing: who was quicker is told by the node. */
const seenOf = (seen: Standing | undefined) =>
  seen ? { seen_version: seen.version, seen_rung: seen.rung } : {};

interface Words {
  text?: string;
  read_back?: unknown;
}

/** One rung of the ladder; false: it was refused, and the officer was told. */
export async function answer(ref: string, rung: Rung, words: Words = {}): Promise<boolean> {
  const party = session.peek()?.party;
  const seen = items
    .peek()
    .get(ref)
    ?.standings.find((one) => one.party === party);
  const done = await during(ref, async () => {
    const posted = await post<Posted>(`/v1/items/${encodeURIComponent(ref)}/answers`, {
      rung,
      role: role(),
      ...words,
      ...seenOf(seen),
    });
    if (posted.item) keep(posted.item);
    if (posted.warning) tell(posted.warning, "bad");
    return true;
  });
  return done ?? false;
}

/** Reads it first where nobody has: what is answered was read. */
export async function climb(ref: string, rung: Rung, words: Words = {}): Promise<boolean> {
  if (rungOf(ref) === "received" && rung !== "read" && !(await answer(ref, "read"))) return false;
  if (!(await answer(ref, rung, words))) return false;
  tell(t("needs:said", { rung: word("codes", rung), ref: ref.split(":")[1] ?? ref }));
  onward(ref);
  return true;
}

export const rungOf = (ref: string): string =>
  items
    .peek()
    .get(ref)
    ?.standings.find((one) => one.party === session.peek()?.party)?.rung ?? "";

export async function shelve(row: Row, reason: string, until: string): Promise<boolean> {
  const done = await during(row.key, async () => {
    for (const alarm of row.alarms.filter(shelvable)) {
      const acted = await post<Acted>("/v1/watch/alarms/shelve", {
        key: alarm.key,
        role: role(),
        reason,
        until,
      });
      replace(acted);
      if (!acted.done) first(row.key, alreadyBy(acted));
    }
    return true;
  });
  if (done) onward(row.key);
  return done ?? false;
}

export async function unshelve(key: string): Promise<boolean> {
  const done = await during(key, async () => {
    const acted = await post<Acted>("/v1/watch/alarms/unshelve", { key, role: role() });
    if (!acted.done) tell(alreadyBy(acted), "told");
    return true;
  });
  return done ?? false;
}
