// Instants for people: Zulu first, then each party's own time with its offset, never a bare time.
import { language } from "../i18n";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (n: number): string => String(n).padStart(2, "0");

/** 142305Z: day, hour and minute; with `full` 2018-09-17 Mon 19:03:05Z. */
export function zulu(ms: number, full = false): string {
  const d = new Date(ms);
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  if (!full) return `${two(d.getUTCDate())} ${time}Z`;
  const date = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  return `${date} ${DAYS[d.getUTCDay()]} ${time}:${two(d.getUTCSeconds())}Z`;
}

/** 19:03Z. */
export const zuluTime = (ms: number): string => {
  const d = new Date(ms);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}Z`;
};

/** The same instant in a zone, with weekday, date and offset: Mon 17 Sep 22:03 +03:00. */
export function local(ms: number, zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      day: "2-digit",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "longOffset",
    }).formatToParts(ms);
    const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
    const offset = of("timeZoneName").replace("GMT", "") || "+00:00";
    return `${of("weekday")} ${of("day")} ${of("month")} ${of("hour")}:${of("minute")} ${offset}`;
  } catch {
    return "";
  }
}

/** 1:05:09 or 05:09; a minus sign in front of what is past. Digits are the same everywhere. */
export function span(ms: number): string {
  const s = Math.floor(Math.abs(ms) / 1000);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const text = `${two(m)}:${two(s % 60)}`;
  return `${ms < 0 ? "-" : ""}${h ? `${h}:${text}` : text}`;
}

/** A number as the language of the screen writes it. */
export const number = (value: number): string =>
  value.toLocaleString(`${language.value}-u-nu-latn`);
