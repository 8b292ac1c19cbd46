// The cursor of a replay: a frame at a time here, in the address (and so on the map) once a second.
import { batch, computed, effect, signal } from "@preact/signals";
import { set, shownAt } from "../state/url";
import { beside, stops, turns, upTo, type Timeline } from "./model";
import { timeline } from "./store";

export const SPEEDS = [1, 10, 60, 300] as const;
const SET_MS = 1000;
const TOLD_MS = 8000;

/** Milliseconds since 1970; what the line on the timeline shows. */
export const cursor = signal(0);
export const playing = signal(false);
export const speed = signal<number>(60);
/** Only what was published and received by then. */
export const asKnown = signal(false);
/** That the picture is live again, for a moment. */
export const returned = signal(false);
/** Whether what the map shows is this replay. */
export const replaying = computed(() => shownAt.value !== null);

export const stopsOf = computed(() => (timeline.value ? stops(timeline.value) : []));
const turnsOf = computed(() => (timeline.value ? turns(timeline.value) : []));
/** Counts up only when what stands at the cursor changes. */
export const turn = computed(() => upTo(turnsOf.value, cursor.value));

let told_ms = NaN;
let lastSet = -Infinity;

const plain = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

function tell(now: number): void {
  lastSet = now;
  told_ms = Math.round(cursor.peek() / 1000) * 1000;
  const at = plain(told_ms);
  set({ at, as_of: asKnown.peek() ? at : null });
}

const clamp = (found: Timeline, ms: number): number =>
  Math.min(found.until_ms, Math.max(found.from_ms, ms));

let settling: ReturnType<typeof setTimeout> | undefined;

/** Moves the cursor there, and the map with it. `held`: while it is dragged, at most each second. */
export function moveTo(ms: number, held = false): void {
  const found = timeline.peek();
  if (!found) return;
  cursor.value = clamp(found, ms);
  clearTimeout(settling);
  if (!held || performance.now() - lastSet >= SET_MS) tell(performance.now());
  else settling = setTimeout(() => tell(performance.now()), SET_MS);
}

let frame = 0;
let last = 0;

function step(now: number): void {
  const found = timeline.peek();
  if (!playing.peek() || !found) return;
  const next = clamp(found, cursor.peek() + (now - last) * speed.peek());
  last = now;
  cursor.value = next;
  if (now - lastSet >= SET_MS) tell(now);
  if (next >= found.until_ms) pause();
  else frame = requestAnimationFrame(step);
}

export function play(): void {
  const found = timeline.peek();
  if (!found || playing.peek()) return;
  if (cursor.peek() >= found.until_ms) cursor.value = found.from_ms;
  batch(() => {
    playing.value = true;
    tell(performance.now());
  });
  last = performance.now();
  frame = requestAnimationFrame(step);
}

export function pause(): void {
  if (!playing.peek()) return;
  cancelAnimationFrame(frame);
  playing.value = false;
  tell(performance.now());
}

export const toggle = (): void => (playing.peek() ? pause() : play());

export function jump(way: 1 | -1): void {
  const next = beside(stopsOf.peek(), cursor.peek(), way);
  if (next !== null) moveTo(next);
}

export function faster(way: 1 | -1): void {
  const at = SPEEDS.findIndex((one) => one === speed.peek());
  speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + way))] ?? 60;
}

export function knowAsThen(on: boolean): void {
  asKnown.value = on;
  if (replaying.peek()) tell(performance.now());
}

let telling: ReturnType<typeof setTimeout> | undefined;

/** Stops, and lets the picture be live; says so when it was not. */
export function end(): void {
  cancelAnimationFrame(frame);
  clearTimeout(settling);
  playing.value = false;
  told_ms = NaN;
  if (shownAt.peek() === null) return;
  set({ at: null, as_of: null });
  returned.value = true;
  clearTimeout(telling);
  telling = setTimeout(() => (returned.value = false), TOLD_MS);
}

/** Follows the address (the map's own slider, "Back to live", a link that was sent). */
export function attend(): () => void {
  return effect(() => {
    const found = timeline.value;
    const at = shownAt.value;
    if (!found) return;
    if (at === null) {
      if (playing.peek()) {
        cancelAnimationFrame(frame);
        playing.value = false;
      }
      if (cursor.peek() < found.from_ms || cursor.peek() > found.until_ms)
        cursor.value = clamp(found, found.when.from_ms);
    } else if (at !== told_ms) {
      told_ms = at;
      cursor.value = clamp(found, at);
    }
  });
}
