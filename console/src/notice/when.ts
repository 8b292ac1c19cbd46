// Instants as officers type them: Zulu or a party's local time, never a bare one. Pure.

export interface Told {
  ms: number;
  wrong?: undefined;
}
export interface Wrong {
  wrong: "bare" | "unread" | "zone" | "gap" | "twice" | "no-day" | "empty";
  ms?: undefined;
}
export type When = Told | Wrong;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** An hour that is so long past is of tomorrow. */
const BEHIND_MS = 60 * MINUTE_MS;

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function fieldsIn(ms: number, zone: string): Fields | null {
  try {
    let format = formats.get(zone);
    if (!format) {
      format = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      formats.set(zone, format);
    }
    const parts = format.formatToParts(ms);
    const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    return {
      year: of("year"),
      month: of("month"),
      day: of("day"),
      hour: of("hour"),
      minute: of("minute"),
    };
  } catch {
    return null;
  }
}

const utcOf = (f: Fields): number => Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute);

/** All instants at which the clocks of the zone show that: none in a gap, two when they go back. */
export function instantsOf(shown: Fields, zone: string): number[] {
  const guess = utcOf(shown);
  const found = new Set<number>();
  for (const near of [guess - DAY_MS, guess, guess + DAY_MS]) {
    const there = fieldsIn(near, zone);
    if (!there) return [];
    const ms = guess - (utcOf(there) - near);
    const back = fieldsIn(ms, zone);
    if (back && utcOf(back) === guess) found.add(ms);
  }
  return [...found].sort((a, b) => a - b);
}

/** The zone that is named: Z, an offset, a party, an IANA name; "" where none is. */
function zoneOf(name: string, zones: Readonly<Record<string, string>>): string | null {
  const known = name.trim();
  if (/^(z|utc|zulu)$/i.test(known)) return "UTC";
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(known);
  if (offset) return `${offset[1]}${offset[2]}:${offset[3]}`;
  const party = Object.keys(zones).find((one) => one.toLowerCase() === known.toLowerCase());
  if (party) return zones[party] ?? null;
  return /^[A-Za-z]+(\/[\w+-]+)+$/.test(known) && fieldsIn(0, known) ? known : null;
}

function at(shown: Fields, zone: string): When {
  const valid = new Date(Date.UTC(shown.year, shown.month - 1, shown.day));
  if (valid.getUTCMonth() !== shown.month - 1 || shown.hour > 23 || shown.minute > 59)
    return { wrong: "unread" };
  const offset = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return { ms: utcOf(shown) - (offset[1] === "-" ? -minutes : minutes) * MINUTE_MS };
  }
  const found = instantsOf(shown, zone);
  const [only] = found;
  if (only === undefined) return { wrong: "gap" };
  return found.length > 1 ? { wrong: "twice" } : { ms: only };
}

const AFTER = /^\+\s*(?:(\d{1,2})h)?\s*(\d{1,4})?\s*(?:m|min)?$/i;
const DATED = /^(\d{4})-(\d{2})-(\d{2})[T ]+(\d{2}):?(\d{2})(?::(\d{2}(?:\.\d{1,3})?))?\s*(.*)$/;
const SHORT = /^(?:(\d{2})\s*)?(\d{2}):?(\d{2})\s*(.*)$/;

/** "10:00Z", "101000Z", "10 10:00Z", "2031-05-10T10:00Z", "13:00 blue", "13:00 Europe/Athens",
 * "2031-05-10 13:00+03:00"; "+30", "+1h30" from `from_ms`. A time without a day is the next one,
 * counted from an hour before `from_ms`; `strict`: behind `from_ms`. */
export function readWhen(
  text: string,
  given: { from_ms: number; zones: Readonly<Record<string, string>>; strict?: boolean },
): When {
  const typed = text.trim();
  if (!typed) return { wrong: "empty" };
  const after = AFTER.exec(typed);
  if (after && (after[1] || after[2])) {
    const minutes = Number(after[1] ?? 0) * 60 + Number(after[2] ?? 0);
    return { ms: Math.ceil(given.from_ms / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS };
  }
  const dated = DATED.exec(typed);
  if (dated) {
    if (!dated[7]) return { wrong: "bare" };
    const zone = zoneOf(dated[7], given.zones);
    if (zone === null) return { wrong: "zone" };
    const [year, month, day, hour, minute] = dated.slice(1, 6).map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const found = at({ year, month, day, hour, minute }, zone);
    if (found.ms === undefined) return found;
    return { ms: found.ms + Math.round(Number(dated[6] ?? 0) * 1000) };
  }
  const short = SHORT.exec(typed);
  if (!short) return { wrong: "unread" };
  if (!short[4]) return { wrong: "bare" };
  const zone = zoneOf(short[4], given.zones);
  if (zone === null) return { wrong: "zone" };
  const day = short[1] === undefined ? null : Number(short[1]);
  return nearest(day, Number(short[2]), Number(short[3]), zone, given);
}

/** The day of the month, or any day, that comes next. */
function nearest(
  day: number | null,
  hour: number,
  minute: number,
  zone: string,
  given: { from_ms: number; strict?: boolean },
): When {
  const not_before = given.strict ? given.from_ms + 1 : given.from_ms - BEHIND_MS;
  let wrong: When = { wrong: day === null ? "unread" : "no-day" };
  for (let n = -1; n <= (day === null ? 3 : 62); n += 1) {
    const there = fieldsIn(
      given.from_ms + n * DAY_MS,
      zone.startsWith("+") || zone.startsWith("-") ? "UTC" : zone,
    );
    if (!there || (day !== null && there.day !== day)) continue;
    const found = at({ ...there, hour, minute }, zone);
    if (found.wrong) {
      if (found.wrong === "unread") return found;
      wrong = found;
      continue;
    }
    if (found.ms !== undefined && found.ms >= not_before)
      return wrong.wrong === "twice" || wrong.wrong === "gap" ? wrong : found;
  }
  return wrong;
}

const MARGIN_MS = 5 * MINUTE_MS;

/** The first five minutes that leave the lead time, and time for a second person to look. */
export function earliest(now_ms: number, lead_s: number): number {
  const step = 5 * MINUTE_MS;
  return Math.ceil((now_ms + lead_s * 1000 + MARGIN_MS) / step) * step;
}

/** Day and time, as it is typed again: 10 10:00Z. */
export const short = (ms: number): string => {
  const text = new Date(ms).toISOString();
  return `${text.slice(8, 10)} ${text.slice(11, 16)}Z`;
};
