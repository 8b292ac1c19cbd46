// How the strip of heights is laid out: one bar a volume, one dot a track, none hides another
// while there is room. Pure.
import type { VolumeEntry } from "./insight";
import { TOP_M } from "./levels";

export const COLUMNS = 4;
export const MOST_BARS = 75;
export const MOST_DOTS = 75;

export interface Bar {
  ref: string;
  entry: VolumeEntry;
  /** Which of the volumes of the entry. */
  n: number;
  column: number;
  floor_m: number;
  ceiling_m: number;
}

const held = (metres: number): number => Math.max(0, Math.min(TOP_M, metres));

/** Bars of what is in view, the most urgent first and so in the first free column; what finds none
 * free shares the last. */
export function barsOf(entries: readonly VolumeEntry[]): Bar[] {
  const bars: Bar[] = [];
  for (const entry of entries)
    entry.all.forEach((one, n) => {
      if (bars.length >= MOST_BARS || (one.floor_m === null && one.ceiling_m === null)) return;
      const floor_m = held(one.floor_m ?? 0);
      const ceiling_m = held(one.ceiling_m ?? TOP_M);
      const same = bars.find(
        (bar) => bar.ref === entry.ref && bar.floor_m === floor_m && bar.ceiling_m === ceiling_m,
      );
      if (same) return;
      const used = new Set(
        bars
          .filter((bar) => bar.floor_m < ceiling_m && floor_m < bar.ceiling_m)
          .map((bar) => bar.column),
      );
      let column = 0;
      while (column < COLUMNS - 1 && used.has(column)) column += 1;
      bars.push({ ref: entry.ref, entry, n, column, floor_m, ceiling_m });
    });
  return bars;
}

/** From the top, 0..1. */
export const shareOf = (metres: number): number => 1 - held(metres) / TOP_M;
export const metresAt = (share: number): number => Math.round(held((1 - share) * TOP_M));

/** A height that a handle may rest on: whole steps, and the ends. */
export function stepped(metres: number, step_m: number): number {
  if (metres <= step_m / 2) return 0;
  if (metres >= TOP_M - step_m / 2) return TOP_M;
  return Math.round(Math.round(metres / step_m) * step_m);
}
