// What needs this officer as rows: pure, from what the node said. One row a subject.
import type {
  Alarmed,
  Finding,
  Item,
  Priority,
  Rung,
  Standing,
  Waiting,
  Watched,
} from "../api/types";

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
const rank = (one: Priority): number => ORDER.indexOf(one);
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

export interface Sources {
  party: string;
  /** Of the person who sits here. */
  name: string;
  now_ms: number;
  rules: Rules;
  items: Iterable<Item>;
  alarms: readonly Alarmed[];
  drafts: readonly Waiting[];
  watched: Watched | null;
}

interface Gathering {
  alarms: Alarmed[];
  item: Item | null;
  owed: Owed | null;
  late: Owed[];
}

/** The rows, most urgent first; of the same priority what runs out first. */
export function rowsOf(from: Sources): Row[] {
  const found = new Map<string, Gathering>();
  const at = (key: string): Gathering => {
    let one = found.get(key);
    if (!one) found.set(key, (one = { alarms: [], item: null, owed: null, late: [] }));
    return one;
  };
  const byKey = new Map(from.alarms.map((one) => [one.key, one]));
  for (const alarm of from.alarms) at(subjectOf(alarm, byKey)).alarms.push(alarm);
  for (const item of from.items) {
    const waiting = waitingOf(item, from);
    if (waiting.owed || waiting.late.length || found.has(item.ref)) {
      Object.assign(at(item.ref), waiting, { item });
    }
  }
  const rows = [...found].map(([key, one]) => rowOf(key, one, from.now_ms));
  return [...rows, ...others(from)].sort(compare);
}

/** What an alarm is about: the subject of the first-out of its group, or its own first ref. */
export function subjectOf(alarm: Alarmed, byKey: ReadonlyMap<string, Alarmed>): string {
  const first = (alarm.group && byKey.get(alarm.group)) || alarm;
  return bare(first.finding.refs[0] ?? first.key);
}

function waitingOf(item: Item, from: Sources): Pick<Gathering, "owed" | "late"> {
  if (item.closed) return { owed: null, late: [] };
  if (item.author === from.party) {
    const late = item.standings
      .filter((one) => !from.rules.observers.has(one.party))
      .map((one) => owes(one, item, from.rules))
      .filter((one): one is Owed => one !== null && one.due_ms < from.now_ms);
    return { owed: null, late };
  }
  const ours = item.standings.find((one) => one.party === from.party);
  return { owed: ours ? owes(ours, item, from.rules) : null, late: [] };
}

function rowOf(key: string, one: Gathering, now_ms: number): Row {
  const alarms = [...one.alarms].sort(
    (a, b) =>
      Number(unseen(b)) - Number(unseen(a)) ||
      rank(a.priority) - rank(b.priority) ||
      a.raised_ms - b.raised_ms,
  );
  const { item, owed, late } = one;
  const first = alarms[0];
  const kind = item?.kind ?? first?.finding.kind ?? "";
  const levels = alarms.map((alarm) => alarm.priority);
  if (item && owed) levels.push(owedPriority(item, owed, now_ms));
  if (late.length) levels.push("medium");
  const inForce = item ? URGENT.has(item.kind) && !item.closed && owed !== null : false;
  const top = inForce || alarms.some((one) => URGENT.has(one.finding.kind));
  const ahead = alarms
    .filter((alarm) => alarm.active && alarm.finding.from_ms > now_ms)
    .map((alarm) => alarm.finding.from_ms);
  const due = [...(owed ? [owed.due_ms] : ahead)];
  return {
    key,
    ref: item?.ref ?? key,
    kind,
    priority: levels.sort((a, b) => rank(a) - rank(b))[0] ?? "low",
    top,
    alarms,
    owed,
    late,
    other: null,
    who: item?.author ?? "",
    words: item ? wordsOf(item) : "",
    place: item ? placeOf(item) : "",
    exercise: item?.exercise ?? false,
    marking: "",
    due_ms: due.length ? Math.min(...due) : null,
    since_ms: Math.min(...alarms.map((one) => one.raised_ms), ...(item ? [item.told_ms] : [])),
    waits: owed !== null || late.length > 0 || alarms.some(unseen),
  };
}

/** Its own words where it has some; the node's summary stands in the item's room. */
function wordsOf(item: Item): string {
  const { content } = item;
  return content.kind === "distress"
    ? `${content.subject}${content.text ? `: ${content.text}` : ""}`
    : content.text;
}

function owedPriority(item: Item, owed: Owed, now_ms: number): Priority {
  if (URGENT.has(item.kind)) return "critical";
  if (item.kind !== "notice") return "high";
  return owed.due_ms - now_ms < 60_000 ? "high" : "medium";
}

const LEVELS: Readonly<Record<string, Priority>> = {
  urgent: "critical",
  warning: "high",
  advisory: "medium",
  routine: "low",
};

/** A node without a live watch has findings and no alarms: they are shown, nobody acknowledges. */
export const unwatched = (finding: Finding): Alarmed => ({
  key: finding.key,
  priority: LEVELS[finding.level] ?? "low",
  state: "standing",
  active: true,
  response: "",
  finding,
  raised: finding.from,
  raised_ms: finding.from_ms,
  told_ms: finding.from_ms,
  count: 1,
  first_out: false,
  group: "",
  acknowledged_by: "",
  acknowledged: null,
  shelved_by: "",
  shelved_until: null,
  shelf_reason: "",
  escalations: 0,
  flood: false,
});

function others(from: Sources): Row[] {
  const { watched } = from;
  const papers = (watched?.open ?? [])
    .filter((line) => line.kind === "paper-owed")
    .map((line) => ({
      ...otherRow(line.ref, kindOf(line.ref), LEVELS[line.level] ?? "medium", line.words, {
        kind: "paper",
        state: line.state,
        room: ROOM_OF[kindOf(line.ref)] ?? "item",
        params: { item: line.ref },
      }),
      due_ms: line.due_ms > 0 ? line.due_ms : null,
    }));
  const drafts = from.drafts
    .filter((one) => one.may.includes("release"))
    .map((one) => ({
      ...otherRow(`draft:${one.id}`, "draft", "medium", one.text, {
        kind: "draft",
        state: "waiting",
        room: "notice",
        params: { draft: one.id },
      }),
      who: one.author.name,
      exercise: one.exercise,
      due_ms: one.lapses_ms > 0 ? one.lapses_ms : null,
      since_ms: one.made_ms,
    }));
  const offer = watched?.offer;
  const handover =
    offer && offer.stage === "offered" && offer.incoming === from.name
      ? [
          {
            ...otherRow(offer.ref, "handover", "medium", offer.text, {
              kind: "handover",
              state: "offered",
              room: "handover",
              params: {},
            }),
            who: offer.outgoing,
            since_ms: offer.offered_ms,
          },
        ]
      : [];
  return [...papers, ...drafts, ...handover];
}

const kindOf = (ref: string): string => ref.split(":")[0] ?? "";
const ROOM_OF: Readonly<Record<string, string>> = {
  message: "hotline",
  check: "hotline",
  call: "hotline",
  incident: "incident",
  claim: "incident",
  objection: "incident",
  handover: "handover",
};

function otherRow(ref: string, kind: string, priority: Priority, words: string, other: Other): Row {
  return {
    key: ref,
    ref,
    kind,
    priority,
    top: false,
    alarms: [],
    owed: null,
    late: [],
    other,
    who: "",
    words,
    place: "",
    exercise: false,
    marking: "",
    due_ms: null,
    since_ms: NaN,
    waits: true,
  };
}

const NEVER = Number.MAX_SAFE_INTEGER;

export const compare = (a: Row, b: Row): number =>
  Number(b.top) - Number(a.top) ||
  rank(a.priority) - rank(b.priority) ||
  Number(b.waits) - Number(a.waits) ||
  (a.due_ms ?? NEVER) - (b.due_ms ?? NEVER) ||
  (b.since_ms || 0) - (a.since_ms || 0) ||
  (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** The next row behind `key` that waits for somebody, around the end; "" for none. */
export function nextWaiting(rows: readonly Row[], key: string): string {
  const at = rows.findIndex((row) => row.key === key);
  const around = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))];
  return around.find((row) => row.waits)?.key ?? "";
}

/** One up or down from `key`; where it is gone, from where it was. */
export function step(rows: readonly Row[], key: string, was: number, by: 1 | -1): string {
  const at = rows.findIndex((row) => row.key === key);
  if (at < 0 && !key) return rows[by > 0 ? 0 : rows.length - 1]?.key ?? "";
  const next = at >= 0 ? at + by : by > 0 ? was : was - 1;
  return rows[Math.min(Math.max(next, 0), rows.length - 1)]?.key ?? "";
}

/** What makes noise: alarms that nobody saw, by when they were told last; what we have to read. */
export function voices(rows: readonly Row[]): Map<string, Priority> {
  const found = new Map<string, Priority>();
  for (const row of rows) {
    for (const alarm of row.alarms) {
      if (unseen(alarm) && !alarm.flood)
        found.set(`${alarm.key}@${alarm.told_ms}@${alarm.state}`, alarm.priority);
    }
    if (row.owed?.rung === "read") found.set(`${row.key}@read`, row.priority);
    if (row.other) found.set(`${row.key}@${row.other.state}`, row.priority);
  }
  return found;
}

/** The most urgent of those that nobody silenced. */
export function loudest(
  found: ReadonlyMap<string, Priority>,
  silenced: ReadonlySet<string>,
): Priority | null {
  let best: Priority | null = null;
  for (const [voice, priority] of found) {
    if (silenced.has(voice)) continue;
    if (best === null || rank(priority) < rank(best)) best = priority;
  }
  return best;
}

/** All of a row that is drawn or acted on, as one string. */
const signOf = (row: Row): string =>
  JSON.stringify([
    row.key,
    row.ref,
    row.kind,
    row.priority,
    row.top,
    row.owed,
    row.late,
    row.other,
    row.who,
    row.words,
    row.place,
    row.exercise,
    row.due_ms,
    row.since_ms,
    row.waits,
    row.alarms.map((one) => [
      one.key,
      one.state,
      one.priority,
      one.told_ms,
      one.count,
      one.first_out,
      one.escalations,
      one.active,
      one.flood,
      one.shelved_until,
      one.finding.text,
    ]),
  ]);

/** The rows of before where nothing of them changed, so that only what changed is drawn. */
export function keeper(): (next: readonly Row[]) => readonly Row[] {
  let before: readonly Row[] = [];
  let kept = new Map<string, { sign: string; row: Row }>();
  return (next) => {
    const following = new Map<string, { sign: string; row: Row }>();
    const rows = next.map((row) => {
      const sign = signOf(row);
      const old = kept.get(row.key);
      const one = old?.sign === sign ? old : { sign, row };
      following.set(row.key, one);
      return one.row;
    });
    kept = following;
    const same = rows.length === before.length && rows.every((row, n) => row === before[n]);
    return same ? before : (before = rows);
  };
}
