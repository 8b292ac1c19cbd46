// Heights as officers type them, as metres above the WGS-84 ellipsoid, outward; and what that
// rests on. The same arithmetic as the node's (ICAO Doc 7488 for the pressure). Pure.

export const UNITS = ["m", "ft", "m-amsl", "ft-amsl", "fl"] as const;
export type Unit = (typeof UNITS)[number];

/** What is known of the air and of sea level here; null: what holds nearly anywhere. */
export interface Air {
  qnh_low_hpa: number | null;
  qnh_high_hpa: number | null;
  undulation_m: number | null;
}

export type Assumption =
  "ellipsoid" | "feet" | "geoid" | "pressure" | "lowest-ground" | "unlimited";
export type Height =
  | { metres: number; assumed: readonly Assumption[]; wrong?: undefined }
  | { wrong: "empty" | "unread" | "qnh" | "range"; metres?: undefined };

const FOOT_M = 0.3048;
const LOWEST_M = -550;
const HIGHEST_M = 100_000;
const GEOID = { low: -108, high: 88 };
const LIKELY_QNH = { low: 940, high: 1060 };
const WARM = { likely: 0.15, told: 0.1 };
const TEXT = /^(fl)?\s*(-?\d[\d\s,']*(?:\.\d+)?)\s*(m|ft)?\s*(amsl|msl)?$/i;

const standard_m = (hpa: number): number => 44330.77 * (1 - (hpa / 1013.25) ** 0.1902632);

/** The undulation in metres, between which it lies. */
export const geoid = (air: Air): { low: number; high: number } =>
  air.undulation_m === null ? GEOID : { low: air.undulation_m - 1, high: air.undulation_m + 1 };

/** QNH, and the relative error of heights for temperature. */
export const pressure = (air: Air): { low: number; high: number; error: number } =>
  air.qnh_low_hpa === null || air.qnh_high_hpa === null
    ? { ...LIKELY_QNH, error: WARM.likely }
    : { low: air.qnh_low_hpa, high: air.qnh_high_hpa, error: WARM.told };

function unitOf(
  level: string | undefined,
  unit: string | undefined,
  sea: string | undefined,
  given: Unit,
): Unit {
  if (level) return "fl";
  if (!unit) return given;
  const plain = unit.toLowerCase() === "ft" ? "ft" : "m";
  return sea ? `${plain}-amsl` : plain;
}

const outward = (metres: number, lower: boolean): number =>
  lower ? Math.floor(metres + 1e-6) : Math.ceil(metres - 1e-6);

/** One limit. `lower`: of the two, so that a volume is never made smaller. */
export function readHeight(text: string, unit: Unit, lower: boolean, air: Air): Height {
  const typed = text.trim();
  if (!typed) return { wrong: "empty" };
  if (/^(sfc|gnd|surface)$/i.test(typed))
    return lower ? { metres: LOWEST_M, assumed: ["lowest-ground"] } : { wrong: "unread" };
  if (/^unl$/i.test(typed))
    return lower ? { wrong: "unread" } : { metres: HIGHEST_M, assumed: ["unlimited"] };
  const found = TEXT.exec(typed);
  const value = Number(found?.[2]?.replace(/[\s,']/g, ""));
  if (!found || !Number.isFinite(value)) return { wrong: "unread" };
  const used = unitOf(found[1], found[3], found[4], unit);
  const placed = place(value, used, lower, air);
  if (placed === null) return { wrong: "qnh" };
  if (placed.metres < -1_000 || placed.metres > HIGHEST_M) return { wrong: "range" };
  return placed;
}

type Placed = { metres: number; assumed: readonly Assumption[] } | null;

function place(value: number, unit: Unit, lower: boolean, air: Air): Placed {
  const metres = unit.startsWith("ft") ? value * FOOT_M : value;
  if (unit === "m") return { metres: exactly(metres, lower), assumed: ["ellipsoid"] };
  if (unit === "ft") return { metres: exactly(metres, lower), assumed: ["feet"] };
  const { low, high } = geoid(air);
  if (unit !== "fl")
    return { metres: outward(metres + (lower ? low : high), lower), assumed: ["geoid"] };
  const model = pressure(air);
  if (!(850 <= model.low && model.low <= model.high && model.high <= 1085)) return null;
  const seas = [model.low, model.high].map((hpa) => value * 100 * FOOT_M - standard_m(hpa));
  const slack = model.error * Math.max(...seas.map(Math.abs));
  const edge = lower ? Math.min(...seas) + low - slack : Math.max(...seas) + high + slack;
  return { metres: outward(edge, lower), assumed: ["pressure"] };
}

/** To the centimetre, outward: the node counts in centimetres. */
function exactly(metres: number, lower: boolean): number {
  const cm = metres * 100;
  return (lower ? Math.floor(cm + 1e-6) : Math.ceil(cm - 1e-6)) / 100;
}
