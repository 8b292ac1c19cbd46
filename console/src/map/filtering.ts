// What a filter leaves out, and what it never may. Pure.
import type { Volume, VolumeKind } from "./contract";
import { ALARMED, EMERGENCY, OWN, type Frame } from "./frames";
import type { Filter } from "./state";

/** Refs that stay whatever the filter says. */
export interface Kept {
  selected: string;
  alarmed: ReadonlySet<string>;
}

/** Kinds that no filter has: they concern whoever sees them, always. */
export const NEVER_HIDDEN: readonly VolumeKind[] = [
  "stop",
  "distress",
  "nonconformance",
  "moving",
  "draft",
  "draft-hazard",
];
/** What a filter may leave out, as the officer chooses it. */
export const FILTERED = [
  "declared",
  "hazard",
  "protected",
  "named",
  "third-party",
  "account",
  "tracks",
] as const;
export type Filtered = (typeof FILTERED)[number];

export const filters = (filter: Filter): boolean =>
  filter.kinds.size > 0 || filter.floor_m > -1000 || filter.ceiling_m < Infinity;

/** What has no height is at any height; a band touches another at its edge. */
const meets = (floor: number | null, ceiling: number | null, filter: Filter): boolean =>
  (floor ?? -Infinity) <= filter.ceiling_m && (ceiling ?? Infinity) >= filter.floor_m;

export function keepsVolume(one: Volume, filter: Filter, kept: Kept): boolean {
  if (NEVER_HIDDEN.includes(one.kind)) return true;
  if (one.origin === "own" || one.ref === kept.selected || kept.alarmed.has(one.ref)) return true;
  return !filter.kinds.has(one.kind) && meets(one.floor_m, one.ceiling_m, filter);
}

/** One byte a row, 1: hidden; and how many. null: nothing is hidden. */
export function hiddenRows(
  frame: Frame,
  ids: readonly string[],
  filter: Filter,
  kept: Kept,
): { rows: Uint8Array; count: number } | null {
  if (!filters(filter)) return null;
  const rows = new Uint8Array(frame.count);
  const all = filter.kinds.has("tracks");
  let count = 0;
  for (let n = 0; n < frame.count; n += 1) {
    if ((frame.flags[n] ?? 0) & (ALARMED | EMERGENCY) || frame.who[n] === OWN) continue;
    const high = frame.height_m[n] ?? NaN;
    const metres = high === high ? high : (frame.pressure_m[n] ?? NaN);
    const outside = metres < filter.floor_m || metres > filter.ceiling_m;
    if (!all && !outside) continue;
    const ref = `track:${ids[n] ?? ""}`;
    if (ref === kept.selected || kept.alarmed.has(ref)) continue;
    rows[n] = 1;
    count += 1;
  }
  return count > 0 ? { rows, count } : null;
}
