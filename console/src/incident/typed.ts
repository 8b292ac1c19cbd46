// What officers type here, read: instants, refs, figures. Throws what to tell them.
import { t, type Key } from "../i18n";
import { health } from "../state/live";
import { nowMs } from "../state/clock";
import { session } from "../state/session";
import { readWhen } from "../notice/when";

/** In milliseconds. A day that is not typed is today or tomorrow. */
export function instantMs(text: string): number {
  const read = readWhen(text, { from_ms: nowMs(), zones: health.peek()?.zones ?? {} });
  if (read.wrong === undefined) return read.ms;
  const values = { typed: text, party: session.peek()?.party ?? "" };
  throw new Error(t(`notice:when_${read.wrong.replace("-", "_")}` as Key, values));
}

export const instant = (text: string): string => new Date(instantMs(text)).toISOString();

/** Refs parted by spaces, commas or lines, each once. */
export const refsIn = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter(Boolean)),
];

/** A whole number; "" is null. */
export function whole(text: string, label: string): number | null {
  const typed = text.trim();
  if (!typed) return null;
  if (!/^-?\d{1,15}$/.test(typed)) throw new Error(t("incident:whole_number", { label, typed }));
  return Number(typed);
}
