// What is in view, most urgent first: for the list of the keyboard, the strip of heights and the
// table. Pure.
import type { MultiPolygon, Polygon } from "geojson";
import { inOrder, urgencyOf, type OnScreen } from "./blocks";
import type { Volume } from "./contract";
import type { Frame } from "./frames";
import { boundsOf } from "./geo";

export type Bounds = readonly [number, number, number, number];

const known = new WeakMap<Polygon | MultiPolygon, Bounds>();

export function boundsFor(outline: Polygon | MultiPolygon): Bounds {
  let found = known.get(outline);
  if (!found) known.set(outline, (found = boundsOf(outline)));
  return found;
}

/** Whether a box of degrees touches the view; the view may lie beyond 180. */
export function touches([w, s, e, n]: Bounds, [vw, vs, ve, vn]: Bounds): boolean {
  if (n < vs || s > vn) return false;
  return [-360, 0, 360].some((turn) => e + turn >= vw && w + turn <= ve);
}

export const join = (a: Bounds, b: Bounds): Bounds => [
  Math.min(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
];

export interface VolumeEntry {
  kind: "volume";
  ref: string;
  /** What is told of the whole: the first of its volumes. */
  first: Volume;
  all: readonly Volume[];
  bounds: Bounds;
  urgency: number;
  /** In widths of the view from its middle. */
  away: number;
}

export interface TrackEntry {
  kind: "track";
  ref: string;
  row: number;
  urgency: number;
  away: number;
}

export type Entry = VolumeEntry | TrackEntry;

const URGENT: readonly string[] = ["stop", "distress", "nonconformance"];

/** STOP, DISTRESS and what an alarm stands about come before what merely is there. */
export const urgencyOfVolume = (
  one: Volume,
  selected: string,
  alarmed: ReadonlySet<string>,
): number =>
  one.ref === selected
    ? 0
    : one.kind === "stop" || one.kind === "distress"
      ? 1
      : alarmed.has(one.ref) || URGENT.includes(one.kind)
        ? 2
        : one.origin === "own"
          ? 3
          : one.kind === "named" || one.kind === "third-party"
            ? 5
            : 4;

/** One entry for each ref of which something is in view. */
export function volumeEntries(
  volumes: readonly Volume[],
  view: Bounds,
  told: { selected: string; alarmed: ReadonlySet<string> },
): VolumeEntry[] {
  const found = new Map<string, { all: Volume[]; bounds: Bounds; urgency: number }>();
  for (const one of volumes) {
    const bounds = boundsFor(one.outline);
    if (!touches(bounds, view)) continue;
    const urgency = urgencyOfVolume(one, told.selected, told.alarmed);
    const before = found.get(one.ref);
    if (!before) found.set(one.ref, { all: [one], bounds, urgency });
    else {
      before.all.push(one);
      before.bounds = join(before.bounds, bounds);
      before.urgency = Math.min(before.urgency, urgency);
    }
  }
  const [w, s, e, n] = view;
  return [...found].flatMap(([ref, { all, bounds, urgency }]) => {
    const first = all.find((one) => one.kind === "declared") ?? all[0];
    if (!first) return [];
    const x = ((bounds[0] + bounds[2] - w - e) / 2) % 360;
    const y = (bounds[1] + bounds[3] - s - n) / 2;
    const away = Math.hypot(x / Math.max(1e-6, e - w), y / Math.max(1e-6, n - s));
    return [{ kind: "volume" as const, ref, first, all, bounds, urgency, away }];
  });
}

export function trackEntries(
  frame: Frame,
  ids: readonly string[],
  seen: OnScreen,
  size: { width: number; height: number },
  selectedRow: number,
  most: number,
): TrackEntry[] {
  return inOrder(frame, seen, selectedRow, size, most).map((at) => {
    const row = seen.rows[at] ?? 0;
    const x = ((seen.x[at] ?? 0) - size.width / 2) / size.width;
    const y = ((seen.y[at] ?? 0) - size.height / 2) / size.height;
    return {
      kind: "track",
      ref: `track:${ids[row] ?? ""}`,
      row,
      urgency: urgencyOf(frame, row, selectedRow),
      away: Math.hypot(x, y),
    };
  });
}

export const MOST_ENTRIES = 100;

/** What is selected or in alarm first, then what is nearest to the middle. */
export const ordered = (entries: readonly Entry[], most = MOST_ENTRIES): Entry[] =>
  [...entries]
    .sort(
      (a, b) =>
        Math.min(a.urgency, 3) - Math.min(b.urgency, 3) ||
        a.away - b.away ||
        (a.ref < b.ref ? -1 : 1),
    )
    .slice(0, most);
