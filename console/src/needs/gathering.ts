// From what the node said to rows: alarms by subject, what is owed, what else waits. Pure.
import type { Alarmed, Finding, Item, Priority, Waiting, Watched } from "../api/types";
import {
  bare,
  owes,
  placeOf,
  rank,
  unseen,
  URGENT,
  type Other,
  type Owed,
  type Row,
  type Rules,
} from "./model";

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

/** What an alarm is about: its first ref, or that of its group's first-out where both name it. */
export function subjectOf(alarm: Alarmed, byKey: ReadonlyMap<string, Alarmed>): string {
  const own = alarm.finding.refs.map(bare);
  const first = alarm.group ? byKey.get(alarm.group) : undefined;
  const theirs = first && bare(first.finding.refs[0] ?? first.key);
  return theirs && own.includes(theirs) ? theirs : (own[0] ?? alarm.key);
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
