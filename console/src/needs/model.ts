// What needs this officer as rows: pure, from what the node said. One row a subject.
import type { Alarmed, Item, Priority, Rung, Standing } from "../api/types";

export interface Timers {
  read_s: number;
  read_back_s: number;
  answer_s: number;
}

export interface ActivityClass {
  id: string;
  title: string;
  timers: Timers;
  needs_read_back: boolean;
}

/** What of the agreement counts here. */
export interface Rules {
  classes: readonly ActivityClass[];
  urgent: Timers;
  observers: ReadonlySet<string>;
}

/** The rung that a party owes next, and until when. */
export interface Owed {
  party: string;
  rung: Rung;
  due_ms: number;
}

export interface Row {
  /** The subject; the row keeps it whatever else changes. */
  key: string;
  /** What Enter opens. */
  ref: string;
  kind: string;
  priority: Priority;
  /** STOP or DISTRESS of others, in force: above everything. */
  top: boolean;
  alarms: readonly Alarmed[];
  /** What we owe; null: nothing. */
  owed: Owed | null;
  /** Who of the addressees of our own item is late. */
  late: readonly Owed[];
  /** A line of what else waits for us: papers, drafts, a handover. */
  other: Other | null;
  who: string;
  words: string;
  place: string;
  exercise: boolean;
  marking: string;
  /** When the time runs out; null: never. */
  due_ms: number | null;
  since_ms: number;
  /** Somebody has to do something; else it is dim and stays. */
  waits: boolean;
}

export interface Other {
  kind: "paper" | "draft" | "handover";
  state: string;
  room: string;
  params: Readonly<Record<string, string>>;
}

export const ORDER: readonly Priority[] = ["critical", "high", "medium", "low"];
export const rank = (one: Priority): number => ORDER.indexOf(one);
export const URGENT: ReadonlySet<string> = new Set(["stop", "distress"]);
const UNSEEN: ReadonlySet<string> = new Set(["unacknowledged", "returned", "latched"]);
const ANSWERED: ReadonlySet<string> = new Set(["accepted", "objected", "unable"]);
/** What is never shelved, whatever its priority (the node refuses it too). */
const NEVER_SHELVED: ReadonlySet<string> = new Set([
  "stop",
  "distress",
  "distress-not-passed-on",
  "emergency",
  "bystander-in-hazard",
  "predicted-entry-into-hazard",
]);
const SEEN = /^(track|sensor|feed):/;

/** A ref without the version behind it; what feeds named has none. */
export const bare = (ref: string): string => (SEEN.test(ref) ? ref : (ref.split("@")[0] ?? ref));

export const unseen = (alarm: Alarmed): boolean => UNSEEN.has(alarm.state);

export const shelvable = (alarm: Alarmed): boolean =>
  alarm.active && alarm.state !== "standing" && !NEVER_SHELVED.has(alarm.finding.kind);

/** What a party still owes, counted from its receipt, or from when it was told without one. */
export function owes(standing: Standing, item: Item, rules: Rules): Owed | null {
  if (ANSWERED.has(standing.rung)) return null;
  const found = rules.classes.find(
    (one) => item.content.kind === "notice" && one.id === item.content.activity_class,
  );
  const timers = item.content.kind === "notice" ? found?.timers : rules.urgent;
  if (!timers) return null;
  const base = standing.received_ms >= 0 ? standing.received_ms : item.told_ms;
  const due = (rung: Rung, s: number): Owed => ({
    party: standing.party,
    rung,
    due_ms: base + 1000 * s,
  });
  if (standing.rung === "received") return due("read", timers.read_s);
  if (standing.rung === "read" && found?.needs_read_back)
    return due("read-back", timers.read_back_s);
  return due("accepted", timers.answer_s);
}

/** Whether an acceptance leads through a read-back first. */
export function readBackFirst(item: Item, party: string, rules: Rules): boolean {
  if (item.content.kind !== "notice") return false;
  const { activity_class } = item.content;
  const standing = item.standings.find((one) => one.party === party);
  const needs = rules.classes.find((one) => one.id === activity_class)?.needs_read_back;
  return !!needs && standing?.rung !== "read-back" && (standing?.read_back_ms ?? -1) < 0;
}

export function placeOf(item: Item): string {
  const { content } = item;
  if (content.kind === "notice") {
    if (content.place) return content.place;
    return short(content.volumes[0]?.area);
  }
  if (content.kind === "distress")
    return content.position ? degrees(content.position.lat_deg, content.position.lon_deg) : "";
  return short(content.area);
}

const fixed = (value: number, pair: string): string =>
  `${Math.abs(value).toFixed(2)}${value < 0 ? pair[1] : pair[0]}`;
const degrees = (lat: number, lon: number): string => `${fixed(lat, "NS")} ${fixed(lon, "EW")}`;

/** The first point of an area, with its radius. */
function short(area: unknown): string {
  const feature = area as
    | { geometry?: { coordinates?: unknown }; properties?: { radius_m?: unknown } }
    | null
    | undefined;
  let point = feature?.geometry?.coordinates;
  while (Array.isArray(point) && Array.isArray(point[0])) point = point[0];
  if (!Array.isArray(point) || typeof point[0] !== "number" || typeof point[1] !== "number")
    return "";
  const radius = feature?.properties?.radius_m;
  const circle = typeof radius === "number" ? ` ${(radius / 1000).toFixed(1)} km` : "";
  return degrees(point[1], point[0]) + circle;
}
