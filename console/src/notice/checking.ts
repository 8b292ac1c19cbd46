// The live check: at each pause the newest words go to the node; it never stands in the way of typing.
import { effect, signal } from "@preact/signals";
import { ask, Problem } from "../api/client";
import type { Checked } from "../api/types";
import { session } from "../state/session";
import { addressees, collection, whole, zones } from "./state";
import type { Collection } from "./words";

/** The newest answer, and what it answers; `stale` while a newer one is asked for. */
export const checked = signal<{ view: Checked; of: Collection } | null>(null);
export const stale = signal(false);
export const refused = signal<unknown>(null);

const PAUSE_MS = 150;
const editor = Math.random().toString(36).slice(2, 10);

/** Parameters that the node needs beside the words. */
export const addressed = () => ({
  role: session.peek()?.duty ?? "",
  to: whole.peek().item ? undefined : addressees.peek(),
  exercise: whole.peek().exercise,
  item: whole.peek().item || undefined,
});

async function look(body: Collection, signal: AbortSignal): Promise<void> {
  try {
    const answer = await ask("POST", "/v1/drafts/check", {
      query: { check: editor, ...addressed(), tz: [...new Set(Object.values(zones.peek()))] },
      body,
      signal,
    });
    const view = (await answer.json()) as Checked;
    if (signal.aborted) return;
    checked.value = { view, of: body };
    refused.value = null;
    stale.value = false;
  } catch (error) {
    if (signal.aborted || (error instanceof Problem && error.code === "superseded")) return;
    refused.value = error;
    stale.value = false;
  }
}

/** Checks while the form is shown; returns what ends it. */
export function startChecking(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | null = null;
  const stop = effect(() => {
    const body = collection.value;
    void addressees.value;
    void whole.value.exercise;
    clearTimeout(timer);
    asked?.abort();
    if (body === null) {
      checked.value = null;
      refused.value = null;
      stale.value = false;
      return;
    }
    stale.value = true;
    timer = setTimeout(() => {
      asked = new AbortController();
      void look(body, asked.signal);
    }, PAUSE_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
    asked?.abort();
    stale.value = false;
  };
}
