// Heights as officers read them. A volume is in metres above the ellipsoid and has no flight level;
// rounding never makes a volume smaller. A track that told a pressure altitude has one.
export type Unit = "fl" | "ft" | "m";
export const UNITS: readonly Unit[] = ["fl", "ft", "m"];
const FOOT = 0.3048;

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, " ");

function edge(metres: number, unit: Unit, round: (value: number) => number): string {
  if (unit === "m") return `${grouped(round(metres / 10) * 10)} m`;
  return `${grouped(round(metres / FOOT / 100) * 100)} ft`;
}

/** "SFC–6 000 m"; feet where flight levels are chosen, for a volume is above the ellipsoid. */
export function bandText(floor_m: number | null, ceiling_m: number | null, unit: Unit): string {
  if (floor_m === null && ceiling_m === null) return "";
  const floor = floor_m === null || floor_m <= 0 ? "SFC" : edge(floor_m, unit, Math.floor);
  const ceiling = ceiling_m === null ? "UNL" : edge(ceiling_m, unit, Math.ceil);
  const same = floor.endsWith(unit === "m" ? " m" : " ft") && ceiling_m !== null;
  return `${same ? floor.replace(/ (m|ft)$/, "") : floor}–${ceiling}`;
}

/** FL330; 33 000 ft; 10 060 m. Without pressure there is no flight level: feet, with an h. */
export function heightText(height_m: number, pressure_m: number, unit: Unit): string {
  const known = (value: number): boolean => value === value;
  if (unit === "fl" && known(pressure_m))
    return `FL${String(Math.max(0, Math.round(pressure_m / FOOT / 100))).padStart(3, "0")}`;
  const metres = known(height_m) ? height_m : pressure_m;
  if (!known(metres)) return "--";
  const text = edge(metres, unit, Math.round);
  return known(height_m) ? `${text} h` : `${text} p`;
}

export const speedText = (mps: number, unit: Unit): string =>
  mps !== mps ? "--" : unit === "m" ? `${Math.round(mps)} m/s` : `${Math.round(mps / 0.514444)} kt`;

export const climbText = (mps: number): string => (mps > 1 ? "↑" : mps < -1 ? "↓" : "");
