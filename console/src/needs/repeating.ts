// A read-back as it is typed: what was heard, in the officer's own figures, against what was said.

export interface Said {
  start_ms: number;
  end_ms: number;
  floor_m: number;
  ceiling_m: number;
  place: string;
}

export interface Typed {
  startDate: string;
  startTime: string;
  endDate: string;
  endTime: string;
  /** "UTC" or the zone of a party. */
  zone: string;
  floor: string;
  ceiling: string;
  unit: "m" | "ft";
  place: string;
}

export type Part = keyof Said;
export type Verdict = "empty" | "unread" | "same" | "differs";

export interface Read {
  part: Part;
  verdict: Verdict;
  /** What goes out; an instant in ms, whole metres, or the place. */
  value: number | string | null;
}

const FOOT_M = 0.3048;
const TIME = /^([01]?\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d)(?:\.(\d{1,3}))?)?\s*Z?$/i;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Offset of a zone at an instant, in ms. */
function offset(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return wall - Math.floor(ms / 1000) * 1000;
}

/** An instant, and to which span of ms it was typed; null: it is none. */
export function instantOf(
  date: string,
  time: string,
  zone: string,
): { ms: number; within_ms: number } | null {
  const day = DATE.exec(date.trim());
  const clock = TIME.exec(time.trim());
  if (!day || !clock) return null;
  const [h, m, s, f] = [clock[1], clock[2], clock[3], clock[4]];
  const wall = Date.UTC(
    Number(day[1]),
    Number(day[2]) - 1,
    Number(day[3]),
    Number(h),
    Number(m),
    Number(s ?? 0),
    Number((f ?? "").padEnd(3, "0")),
  );
  if (new Date(wall).getUTCDate() !== Number(day[3])) return null;
  const zulu = zone === "UTC" || /Z$/i.test(time.trim());
  const first = zulu ? wall : wall - offset(wall, zone);
  const ms = zulu ? wall : wall - offset(first, zone);
  return { ms, within_ms: f ? 1 : s ? 1000 : 60_000 };
}

/** Typed to the minute, an instant within that minute was repeated rightly. */
function instant(part: Part, typed: Typed, said_ms: number): Read {
  const start = part === "start_ms";
  const time = start ? typed.startTime : typed.endTime;
  if (!time.trim()) return { part, verdict: "empty", value: null };
  const read = instantOf(start ? typed.startDate : typed.endDate, time, typed.zone);
  if (!read) return { part, verdict: "unread", value: null };
  const same = said_ms >= read.ms && said_ms < read.ms + read.within_ms;
  return { part, verdict: same ? "same" : "differs", value: same ? said_ms : read.ms };
}

function height(part: Part, text: string, unit: Typed["unit"], said_m: number): Read {
  const plain = text.trim().replace(/[\s,]/g, "");
  if (!plain) return { part, verdict: "empty", value: null };
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return { part, verdict: "unread", value: null };
  const metres = Number(plain) * (unit === "ft" ? FOOT_M : 1);
  // A foot is less than a metre: whole feet name the metre that they fall into.
  const same = unit === "ft" ? Math.abs(metres - said_m) < 1 : metres === said_m;
  return { part, verdict: same ? "same" : "differs", value: same ? said_m : Math.round(metres) };
}

function place(typed: string, said: string): Read {
  const plain = typed.trim().toLowerCase();
  const same = plain === said.toLowerCase();
  const verdict = !plain && said ? "empty" : same ? "same" : "differs";
  return { part: "place", verdict, value: same ? said : plain };
}

/** Field by field, in the order in which they are said. */
export function compared(typed: Typed, said: Said): Read[] {
  return [
    instant("start_ms", typed, said.start_ms),
    instant("end_ms", typed, said.end_ms),
    height("floor_m", typed.floor, typed.unit, said.floor_m),
    height("ceiling_m", typed.ceiling, typed.unit, said.ceiling_m),
    place(typed.place, said.place),
  ];
}

export const complete = (read: readonly Read[]): boolean =>
  read.every((one) => one.verdict === "same" || one.verdict === "differs");

export const differing = (read: readonly Read[]): Part[] =>
  read.filter((one) => one.verdict === "differs").map((one) => one.part);

/** As the node wants it. */
export function formOf(read: readonly Read[]) {
  const value = (part: Part) => read.find((one) => one.part === part)?.value ?? null;
  const iso = (part: Part) => new Date(Number(value(part))).toISOString();
  return {
    start: iso("start_ms"),
    end: iso("end_ms"),
    floor_m: Number(value("floor_m")),
    ceiling_m: Number(value("ceiling_m")),
    place: String(value("place") ?? ""),
  };
}

/** The date in a zone, for the fields that are prefilled: 2031-05-01. */
export function dateIn(ms: number, zone: string): string {
  return new Date(ms + (zone === "UTC" ? 0 : offset(ms, zone))).toISOString().slice(0, 10);
}
