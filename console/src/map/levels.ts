// The scale of heights beside the map: its top, its steps, what stands at its marks. Pure.
import { heightText, type Unit } from "./heights";

export const TOP_M = 20_000;
const FOOT = 0.3048;

/** A step of a handle: 500 m, or 1,000 feet. */
export const stepOf = (unit: Unit): number => (unit === "m" ? 500 : 1000 * FOOT);

/** Heights that are marked on the scale, in metres. */
export function marksOf(unit: Unit): number[] {
  const every = unit === "m" ? 2000 : 5000 * FOOT;
  const found: number[] = [];
  for (let n = 0; n * every <= TOP_M; n += 1) found.push(n * every);
  return found;
}

/** FL180, 18 000 ft, 5 500 m. */
export const levelIn = (metres: number, unit: Unit): string =>
  heightText(metres, metres, unit).replace(/ [hp]$/, "");

/** As it stands beside its mark: without what is the same for all. */
export const markText = (metres: number, unit: Unit): string =>
  unit === "m"
    ? String(Math.round(metres / 1000))
    : unit === "ft"
      ? `${Math.round(metres / FOOT / 1000)}`
      : String(Math.round(metres / FOOT / 100)).padStart(3, "0");

export const markHead = (unit: Unit): string =>
  unit === "m" ? "km" : unit === "ft" ? "1000 ft" : "FL";
