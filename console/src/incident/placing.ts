// Where each thing stands on the timeline: lanes, rows, pixels. Pure.
import { knownMs, packed, publishedMs, shapeOf, upTo, type Timeline, type Track } from "./model";

export type Sign = "said" | "answered" | "talked" | "found" | "link" | "other";

export interface Piece {
  key: string;
  ref: string;
  /** Two the same: an instant. */
  from_ms: number;
  until_ms: number;
  row: number;
  sign: Sign;
  words: string;
  /** When it was known. */
  known_ms: number;
  count: number;
}

export interface Lane {
  id: string;
  label: string;
  kind: "claims" | "facts" | "track";
  rows: number;
  pieces: Piece[];
  track?: Track;
}

const SIGNS: Readonly<Record<string, Sign>> = {
  receipt: "answered",
  answer: "answered",
  reply: "answered",
  decision: "answered",
  message: "talked",
  call: "talked",
  check: "talked",
  "line-report": "talked",
  "link-down": "link",
  "link-up": "link",
};
export const signOf = (kind: string): Sign =>
  SIGNS[kind] ??
  (kind.startsWith("finding-")
    ? "found"
    : /^(notice|stop|distress|report|nonconformance|presence|activate|all-clear|cancel|incident)/.test(
          kind,
        )
      ? "said"
      : "other");

const MOST_ROWS = 6;
const CLOSE_PX = 7;

/** Rows, and what stands on the same few pixels as one. perPx: milliseconds. */
function placed(pieces: Omit<Piece, "row" | "count">[], perPx: number): Piece[] {
  const kept: Omit<Piece, "row">[] = [];
  const seen = new Map<string, Omit<Piece, "row">>();
  for (const one of pieces) {
    const instant = one.from_ms === one.until_ms;
    const spot = `${one.sign} ${one.ref} ${Math.floor(one.from_ms / (perPx * CLOSE_PX))}`;
    const known = instant ? seen.get(spot) : undefined;
    if (known) {
      known.count += 1;
      continue;
    }
    const copy = { ...one, count: 1 };
    if (instant) seen.set(spot, copy);
    kept.push(copy);
  }
  const rows = packed(
    kept.map((one) => [one.from_ms, Math.max(one.until_ms, one.from_ms + perPx * CLOSE_PX)]),
    MOST_ROWS,
  );
  return kept.map((one, n) => ({ ...one, row: rows[n] ?? 0 }));
}

/** What goes on until it says so: an outage from its link-down to its link-up. */
function outages(found: Timeline): Map<number, number> {
  const ends = new Map<number, number>();
  const open = new Map<string, number>();
  found.facts.forEach((one, n) => {
    if (one.kind === "link-down") open.set(one.ref, n);
    if (one.kind !== "link-up") return;
    const began = open.get(one.ref);
    if (began !== undefined) ends.set(began, one.at_ms);
    open.delete(one.ref);
  });
  for (const n of open.values()) ends.set(n, found.until_ms);
  return ends;
}

export function lanes(found: Timeline, perPx: number, names: (id: string) => string): Lane[] {
  const claimed = found.accounts.flatMap((account, n): Lane[] => {
    const pieces = account.claims.flatMap((one) =>
      one.from_ms === null
        ? []
        : [
            {
              key: one.ref,
              ref: one.ref,
              from_ms: one.from_ms,
              until_ms: one.until_ms ?? one.from_ms,
              sign: "said" as const,
              words: one.text,
              known_ms: publishedMs(one),
            },
          ],
    );
    if (pieces.length === 0 && !found.concerned.includes(account.claimant)) return [];
    const label = `${shapeOf(n)} ${names(account.claimant)}`;
    return [laneOf(`claims ${account.claimant}`, label, "claims", placed(pieces, perPx))];
  });
  const ends = outages(found);
  const facts = found.facts.map((one, n) => ({
    key: `${n}`,
    ref: one.ref,
    from_ms: one.at_ms,
    until_ms: one.kind === "link-down" ? (ends.get(n) ?? one.at_ms) : (one.until_ms ?? one.at_ms),
    sign: signOf(one.kind),
    words: one.words,
    known_ms: knownMs(one),
  }));
  const tracks = found.tracks.map((track): Lane => {
    const lane = laneOf(
      `track ${track.track} ${track.source}`,
      `${track.label || track.track}`,
      "track",
      [],
    );
    return { ...lane, track };
  });
  return [
    ...claimed,
    laneOf("facts", found.party, "facts", placed(facts, perPx)),
    ...tracks.slice(0, MOST_TRACKS),
  ];
}

/** More stand in the list beside. */
const MOST_TRACKS = 12;

const laneOf = (id: string, label: string, kind: Lane["kind"], pieces: Piece[]): Lane => ({
  id,
  label,
  kind,
  pieces,
  rows: Math.max(1, ...pieces.map((one) => one.row + 1)),
});

const GAP_MS = 5 * 60_000;

/** Spans over which a track was seen without a gap. */
export function seen(track: Track): [number, number][] {
  const spans: [number, number][] = [];
  for (const { at_ms } of track.points) {
    const last = spans.at(-1);
    if (last && at_ms - last[1] <= GAP_MS) last[1] = at_ms;
    else spans.push([at_ms, at_ms]);
  }
  return spans;
}

const STEPS_S = [1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/** Where the scale is written: whole steps, about so many pixels apart. */
export function ticks(from_ms: number, until_ms: number, px: number): number[] {
  const wanted = ((until_ms - from_ms) / Math.max(1, px)) * 90;
  const step = (STEPS_S.find((one) => one * 1000 >= wanted) ?? 7 * 86_400) * 1000;
  const found: number[] = [];
  for (let ms = Math.ceil(from_ms / step) * step; ms <= until_ms; ms += step) found.push(ms);
  return found;
}

/** The span that is shown, nearer or farther around an instant, within the whole. */
export function zoomed(
  whole: readonly [number, number],
  shown: readonly [number, number],
  around: number,
  factor: number,
): [number, number] {
  const least = 60_000;
  const length = Math.min(whole[1] - whole[0], Math.max(least, (shown[1] - shown[0]) * factor));
  const share = (around - shown[0]) / Math.max(1, shown[1] - shown[0]);
  const at = share >= 0 && share <= 1 ? share : 0.5;
  const from = Math.min(whole[1] - length, Math.max(whole[0], around - length * at));
  return [from, from + length];
}

/** The last fix of each track up to an instant. */
export const lastFixes = (found: Timeline, ms: number) =>
  found.tracks.flatMap((track) => {
    const at = upTo(
      track.points.map((fix) => fix.at_ms),
      ms,
    );
    const fix = track.points[at];
    return fix ? [{ track, fix, way: track.points.slice(0, at + 1) }] : [];
  });
