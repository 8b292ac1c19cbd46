// The rows as they stand, what is chosen among them, and what is asked for beside the live state.
import { computed, effect, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Alarmed, AlarmsPage, Waiting, Watched } from "../api/types";
import { nowMs } from "../state/clock";
import { agreement, alarms, connection, findings, items, onEvent, watch } from "../state/live";
import { session } from "../state/session";
import { sound } from "../ui/sounds";
import { rowsOf, unwatched } from "./gathering";
import { keeper, loudest, voices } from "./listing";
import { unseen, type Rules, type Row, type Timers } from "./model";

export type Tab = "standing" | "shelved" | "suppressed";

const drafts = signal<readonly Waiting[]>([]);
/** The handover's view of what is open here; null: this node has none. */
export const watched = signal<Watched | null>(null);
export const tab = signal<Tab>("standing");
/** The list of the tab that is not shown live, and of the standing what is behind the glance. */
export const listed = signal<{ list: Tab; alarms: readonly Alarmed[]; total: number } | null>(null);
/** So many rows are drawn. */
export const PAGE = 100;
export const drawn = signal(PAGE);
/** The chosen row's subject; it stays though the row goes or moves. */
export const chosen = signal("");
/** Voices that a person silenced; what is new sounds again. */
export const silenced = signal<ReadonlySet<string>>(new Set());

const NONE: Timers = { read_s: 0, read_back_s: 0, answer_s: 0 };

export const rules = computed<Rules>(() => {
  const found = agreement.value;
  const observers = (found?.parties ?? []).filter((one) => one.observer).map((one) => one.id);
  return {
    classes: (found?.classes ?? []) as unknown as Rules["classes"],
    urgent: (found?.["urgent"] as Timers | undefined) ?? NONE,
    observers: new Set(observers),
  };
});

/** Counts up when the time that passed may have made something late. */
const beat = signal(0);

const standing = computed<readonly Alarmed[]>(() => {
  if (watch.value === null) return findings.value.map(unwatched);
  const more = listed.value;
  if (more?.list !== "standing") return alarms.value;
  const known = new Set(alarms.value.map((one) => one.key));
  return [...alarms.value, ...more.alarms.filter((one) => !known.has(one.key))];
});

const keep = keeper();

export const rows = computed<readonly Row[]>(() => {
  void beat.value;
  const who = session.value;
  if (!who) return keep([]);
  return keep(
    rowsOf({
      party: who.party,
      name: who.name,
      now_ms: nowMs(),
      rules: rules.value,
      items: items.value.values(),
      alarms: standing.value,
      drafts: drafts.value,
      watched: watched.value,
    }),
  );
});

/** What is in sight: beside the other lists still all that is critical and waits. */
export const sight = computed<readonly Row[]>(() =>
  tab.value === "standing"
    ? rows.value
    : rows.value.filter((row) => row.waits && row.priority === "critical"),
);

export const counts = computed(() => ({
  waiting: rows.value.filter((row) => row.waits).length,
  shelved: watch.value?.rates.shelved ?? 0,
  suppressed: watch.value?.rates.suppressed ?? 0,
  behind: Math.max(
    0,
    alarms.value.length + (watch.value?.left_out["alarms"] ?? 0) - standing.value.length,
  ),
}));

const noise = computed(() => voices(rows.value));
export const loud = computed(() => loudest(noise.value, silenced.value));

/** Until something new comes. */
export function silence(): void {
  silenced.value = new Set(noise.peek().keys());
}

/** Reads a list that the glance does not hold. */
export async function readList(list: Tab): Promise<void> {
  const found: Alarmed[] = [];
  let total = 0;
  for (let after: string | null = ""; after !== null && found.length < 2_000;) {
    const page: AlarmsPage = await get("/v1/watch/alarms", { list, after, limit: 200 });
    found.push(...page.alarms);
    total = page.total;
    after = page.next;
  }
  listed.value = { list, alarms: found, total };
}

async function lookAround(): Promise<void> {
  const [waiting, seen] = await Promise.allSettled([
    get<{ drafts: Waiting[] }>("/v1/drafts", { state: "waiting", limit: 100 }),
    get<Watched>("/v1/handover", { hours: 1 }),
  ]);
  if (waiting.status === "fulfilled") drafts.value = waiting.value.drafts;
  if (seen.status === "fulfilled") watched.value = seen.value;
}

const AROUND_MS = 15_000;
const SOON_MS = 400;
const ELSEWHERE = /^(draft|handover|watch-unmanned|paper|message|reply)/;

/** Starts what the rows need beside the live state; returns what ends it. */
export function startNeeds(): () => void {
  let soon: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(soon);
    soon = setTimeout(() => void lookAround(), SOON_MS);
  };
  void lookAround();
  const around = setInterval(() => {
    look();
    if (listed.peek()?.list === "standing") void readList("standing").catch(() => undefined);
  }, AROUND_MS);
  const beats = setInterval(() => (beat.value += 1), 5_000);
  const ends = [
    onEvent((event) => {
      const { ref } = event.data as { ref?: unknown };
      const item = typeof ref === "string" && /^(notice|stop|distress|report):/.test(ref);
      if (ELSEWHERE.test(event.kind) || (typeof ref === "string" && !item)) look();
    }),
    connection.subscribe(({ state }) => {
      if (state === "live") look();
    }),
    effect(() => sound(loud.value)),
  ];
  return () => {
    for (const end of ends) end();
    clearTimeout(soon);
    clearInterval(around);
    clearInterval(beats);
    sound(null);
  };
}

/** The row that is chosen, as it stands now; undefined: none, or it is over. */
export const chosenRow = computed(() => sight.value.find((row) => row.key === chosen.value));

export const unseenOf = (row: Row): readonly Alarmed[] => row.alarms.filter(unseen);
