// What the node tells of an incident, and what a replay makes of it. Pure.
import { readWhen, type When } from "../notice/when";

export interface Meant {
  said: string;
  from_ms: number;
  until_ms: number;
  inferred: string[];
}

export interface PlaceFeature {
  geometry: { type: "Point"; coordinates: number[] };
  properties: { uncertainty_m?: number };
}

export interface Claim {
  ref: string;
  version: number;
  claimant: string;
  author: string;
  quoted: boolean;
  state: "stands" | "changed" | "withdrawn";
  standing: string;
  topic: string;
  aspect: string;
  text: string;
  said: Meant;
  happened: Meant | null;
  from_ms: number | null;
  until_ms: number | null;
  place: PlaceFeature | null;
  least: number | null;
  most: number | null;
  unit: string;
  answer: string;
  against: string[];
  marking: string;
  citation: string;
  refs: string[];
  held_by: string[];
  refused_by: string[];
  objections: string[];
  contradicts: string[];
}

export interface Account {
  claimant: string;
  party: boolean;
  claims: Claim[];
}

export interface Fact {
  at_ms: number;
  until_ms: number | null;
  received_ms: number | null;
  kind: string;
  ref: string;
  by: string;
  source: string;
  words: string;
  level: string;
  marking: string;
  index: number | null;
}

export interface Fix {
  at_ms: number;
  lat_deg: number;
  lon_deg: number;
  uncertainty_m: number | null;
  source: string;
}

export interface Track {
  track: string;
  owner: string;
  label: string;
  source: string;
  points: Fix[];
}

export interface Timeline {
  incident: string;
  title: string;
  marking: string;
  party: string;
  from_ms: number;
  until_ms: number;
  when: Meant;
  concerned: string[];
  names: Record<string, string>;
  accounts: Account[];
  facts: Fact[];
  tracks: Track[];
  next: string | null;
}

export interface Against {
  a: string;
  b: string;
  own: boolean;
  against: string[];
  measures: Record<string, number>;
  inferred: boolean;
}

export interface Distance {
  a: string;
  b: string;
  apart_m: number;
  least_m: number;
  within_s: number;
  needed_mps: number | null;
}

export interface Change {
  claimant: string;
  from: string;
  to: string;
  at_ms: number;
}

export interface Entry {
  topic: string;
  aspect: string;
  standing: string;
  claims: { ref: string; claim: { claimant: string } }[];
  contradictions: Against[];
  distances: Distance[];
  changes: Change[];
}

export interface AgreedList {
  incident: string;
  title: string;
  marking: string;
  reports: string[];
  concerned: string[];
  entries: Entry[];
}

/** Claimants by shape: no colour and no place is anybody's own. */
const SHAPES = ["■", "▲", "◆", "●", "★", "✚", "⬟", "▼"];
export const shapeOf = (n: number): string =>
  `${SHAPES[n % SHAPES.length]}${n < SHAPES.length ? "" : Math.floor(n / SHAPES.length) + 1}`;

export const STANDINGS: Readonly<Record<string, string>> = {
  agreed: "=",
  compatible: "≈",
  disputed: "≠",
  "side-by-side": "∥",
  "single-sided": "1",
  withdrawn: "–",
};

/** Pages of one timeline as one: accounts stand on the first, a track may go on over several. */
export function joined(pages: readonly Timeline[]): Timeline | null {
  const [first] = pages;
  if (!first) return null;
  const tracks = new Map<string, Track>();
  for (const one of pages.flatMap((page) => page.tracks)) {
    const key = `${one.track} ${one.source}`;
    const known = tracks.get(key);
    if (known) known.points.push(...one.points);
    else tracks.set(key, { ...one, points: [...one.points] });
  }
  for (const one of tracks.values()) one.points.sort((a, b) => a.at_ms - b.at_ms);
  return {
    ...first,
    facts: pages.flatMap((page) => page.facts).sort((a, b) => a.at_ms - b.at_ms),
    tracks: [...tracks.values()],
    next: null,
  };
}

/** The last place in a sorted list whose value is not behind the instant; -1: none. */
export function upTo(sorted: readonly number[], ms: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const sorted = (instants: Iterable<number>): number[] =>
  [...new Set(instants)].sort((a, b) => a - b);

const within = (found: Timeline) => (ms: number) => ms >= found.from_ms && ms <= found.until_ms;

/** Where a jump stops: what our log holds happened, and where a claim begins. */
export const stops = (found: Timeline): number[] =>
  sorted([
    ...found.facts.map((one) => one.at_ms),
    ...claimsOf(found).flatMap((one) => (one.from_ms === null ? [] : [one.from_ms])),
  ]).filter(within(found));

export const claimsOf = (found: Timeline): Claim[] => found.accounts.flatMap((one) => one.claims);

/** When our log had it: by our clock where another wrote it. */
export const knownMs = (fact: Fact): number => Math.max(fact.at_ms, fact.received_ms ?? 0);

/** When it was surely published: the end of what its date can mean. */
export const publishedMs = (claim: Claim): number => claim.said.until_ms;

/** Instants at which what stands changes. */
export const turns = (found: Timeline): number[] =>
  sorted([
    ...found.facts.flatMap((one) => [one.at_ms, knownMs(one), (one.until_ms ?? one.at_ms) + 1]),
    ...claimsOf(found).flatMap((one) =>
      one.from_ms === null
        ? [publishedMs(one)]
        : [one.from_ms, (one.until_ms ?? one.from_ms) + 1, publishedMs(one)],
    ),
    ...found.tracks.flatMap((one) => one.points.map((fix) => fix.at_ms)),
  ]);

export interface Stood {
  claims: Claim[];
  facts: Fact[];
  fixes: { track: Track; fix: Fix }[];
}

const LATEST = 12;

/** What is claimed of that instant, the last that our log holds of it, and where tracks were. */
export function stoodAt(found: Timeline, ms: number, asKnown: boolean): Stood {
  const claims = claimsOf(found).filter(
    (one) =>
      one.from_ms !== null &&
      one.from_ms <= ms &&
      ms <= (one.until_ms ?? one.from_ms) &&
      (!asKnown || publishedMs(one) <= ms),
  );
  const past = found.facts.filter((one) => (asKnown ? knownMs(one) : one.at_ms) <= ms);
  const fixes = found.tracks.flatMap((track) => {
    const at = upTo(
      track.points.map((fix) => fix.at_ms),
      ms,
    );
    const fix = track.points[at];
    return fix ? [{ track, fix }] : [];
  });
  return { claims, facts: past.slice(-LATEST).reverse(), fixes };
}

/** The stop before or behind an instant, or null at the ends. */
export function beside(found: readonly number[], ms: number, step: 1 | -1): number | null {
  const at = upTo(found, ms);
  if (step === 1) return found[at + 1] ?? null;
  return (found[at] === ms ? found[at - 1] : found[at]) ?? null;
}

const SECONDS = /^(\d{1,2}):(\d{2}):(\d{2})Z$/i;
const DAY_MS = 86_400_000;

/** An instant typed to jump to: as in a notice, or with seconds; a bare clock is of that night. */
export function readJump(
  text: string,
  from_ms: number,
  zones: Readonly<Record<string, string>>,
): When {
  const typed = SECONDS.exec(text.trim());
  if (!typed) return readWhen(text, { from_ms: from_ms + 3_600_000, zones });
  const [hour, minute, second] = typed.slice(1).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return { wrong: "unread" };
  const day = Math.floor(from_ms / DAY_MS) * DAY_MS;
  const ms = day + ((hour * 60 + minute) * 60 + second) * 1000;
  return { ms: ms < from_ms ? ms + DAY_MS : ms };
}

/** Rows so that nothing in one row overlaps; each gets its row, in the order given. */
export function packed(spans: readonly (readonly [number, number])[], most: number): number[] {
  const ends: number[] = [];
  return spans.map(([from, until]) => {
    let row = ends.findIndex((end) => end < from);
    if (row < 0) row = ends.length < most ? ends.length : ends.indexOf(Math.min(...ends));
    ends[row] = Math.max(until, ends[row] ?? 0);
    return row;
  });
}

/** The columns of a topic: all concerned, then who else spoke of it; the same order everywhere. */
export function columns(entry: Entry, order: readonly string[], concerned: readonly string[]) {
  const spoke = new Set(entry.claims.map((one) => one.claim.claimant));
  return order.filter((one) => spoke.has(one) || concerned.includes(one));
}

/** Claimants in the order of the accounts; concerned parties that said nothing come last. */
export function orderOf(found: Timeline): string[] {
  const spoke = found.accounts.map((one) => one.claimant);
  return [...spoke, ...found.concerned.filter((one) => !spoke.includes(one))];
}

/** "34° 3' ..." is for maps: here degrees with five digits, as they are typed. */
export const place = (coordinates: readonly number[]): string => {
  const [lon = 0, lat = 0] = coordinates;
  const half = (value: number, [plus, minus]: string) =>
    `${Math.abs(value).toFixed(4)}${value < 0 ? minus : plus}`;
  return `${half(lat, "NS")} ${half(lon, "EW")}`;
};

const TYPED = /^([-+]?\d{1,2}(?:\.\d+)?)\s*([NS]?)[\s,;]+([-+]?\d{1,3}(?:\.\d+)?)\s*([EW]?)$/i;

/** "35.18N 35.65E" or "35.18, 35.65": degrees, latitude first. Null: it is no place. */
export function readPlace(text: string): { lat: number; lon: number } | null {
  const typed = TYPED.exec(text.trim());
  if (!typed) return null;
  const sign = (value: string | undefined, letter: string | undefined, minus: string) =>
    Number(value) * (letter?.toUpperCase() === minus ? -1 : 1);
  const lat = sign(typed[1], typed[2], "S");
  const lon = sign(typed[3], typed[4], "W");
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}
