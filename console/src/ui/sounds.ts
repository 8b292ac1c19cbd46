// A sound for each priority, made here: no file is loaded. It goes on until a person silences it.
import { signal } from "@preact/signals";
import type { Priority } from "../api/types";

export const muted = signal(false);

/** Hertz and seconds of each beep, and how long until it comes again. */
const TUNES: Record<Priority, { beeps: [number, number][]; every_s: number }> = {
  critical: {
    beeps: [
      [1320, 0.12],
      [990, 0.12],
      [1320, 0.12],
      [990, 0.12],
    ],
    every_s: 1.5,
  },
  high: {
    beeps: [
      [880, 0.16],
      [880, 0.16],
    ],
    every_s: 4,
  },
  medium: { beeps: [[660, 0.18]], every_s: 15 },
  low: { beeps: [], every_s: 0 },
};

let context: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | undefined;
let sounding: Priority | null = null;

function play(priority: Priority): void {
  if (muted.peek()) return;
  try {
    context ??= new AudioContext();
    let at = context.currentTime;
    for (const [hertz, seconds] of TUNES[priority].beeps) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0.0001, at);
      gain.gain.exponentialRampToValueAtTime(0.25, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds + 0.06;
    }
  } catch {
    // a machine without sound: the screen says the same
  }
}

/** Once, for what has just come. */
export const chime = (priority: Priority): void => play(priority);

/** Sounds for the most urgent of what nobody acknowledged; null: silence. */
export function sound(priority: Priority | null): void {
  if (priority === sounding) return;
  sounding = priority;
  clearInterval(timer);
  document.documentElement.dataset["sounding"] = priority ?? "";
  if (priority === null || TUNES[priority].every_s === 0) return;
  play(priority);
  timer = setInterval(() => play(priority), TUNES[priority].every_s * 1000);
}
