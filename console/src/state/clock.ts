// The node's clock, a tick a second: what counts down on this screen counts by it.
import { signal } from "@preact/signals";

let ahead = 0;

/** Now, in milliseconds since 1970, by the node's clock. Ticks once a second. */
export const now = signal(Date.now());

/** What the node said its clock showed; the screen's own is not believed. */
export function heard(now_ms: number): void {
  ahead = now_ms - Date.now();
}

export const nowMs = (): number => Date.now() + ahead;

export function startClock(): () => void {
  const timer = setInterval(() => (now.value = nowMs()), 1000);
  now.value = nowMs();
  return () => clearInterval(timer);
}
