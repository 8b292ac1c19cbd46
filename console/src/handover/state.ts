// The watch of this officer's duty role: read when something about it may have changed.
import { signal } from "@preact/signals";
import { get } from "../api/client";
import type { Watched } from "../api/types";
import { onEvent } from "../state/live";

export const HOURS = [6, 12, 24, 48] as const;

export const watched = signal<Watched | null>(null);
export const hours = signal<number>(12);
export const failure = signal<unknown>(null);

/** What the outgoing officer writes beside an open line, by its ref. Kept here only. */
export const notes = signal<Readonly<Record<string, string>>>({});

let asking = false;
let again = false;

/** One request at a time; what changed meanwhile asks once more. */
export async function load(): Promise<void> {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    watched.value = await get<Watched>("/v1/handover", { hours: hours.peek() });
    failure.value = null;
  } catch (error) {
    failure.value = error;
  } finally {
    asking = false;
    if (again) {
      again = false;
      void load();
    }
  }
}

const EVERY_MS = 15_000;
const REST_MS = 1_000;

/** Keeps it true while somebody looks; returns what ends that. */
export function follow(): () => void {
  void load();
  let resting: ReturnType<typeof setTimeout> | undefined;
  const off = onEvent(() => {
    resting ??= setTimeout(() => {
      resting = undefined;
      void load();
    }, REST_MS);
  });
  const timer = setInterval(() => void load(), EVERY_MS);
  return () => {
    off();
    clearTimeout(resting);
    clearInterval(timer);
  };
}
