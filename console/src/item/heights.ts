// A height in metres, feet and flight level side by side. Pure.

const FOOT_M = 0.3048;
const two = (value: number): string => value.toLocaleString("en-GB", { maximumFractionDigits: 0 });

/** 3,000 m · 9,843 ft · FL098. The level is that of standard air: about, never exactly. */
export function height(metres: number): string {
  const feet = metres / FOOT_M;
  const level = Math.round(feet / 100);
  const flight = level > 0 ? ` · FL${String(level).padStart(3, "0")}` : "";
  return `${two(metres)} m · ${two(feet)} ft${flight}`;
}

export const band = (floor: number | null, ceiling: number | null): string[] =>
  floor === null || ceiling === null ? [] : [height(floor), height(ceiling)];

/** To the second or finer where the instant has some: what is read back is what was said. */
export function exact(ms: number): string {
  const text = new Date(ms).toISOString();
  const [date = "", time = ""] = text.split("T");
  const short = time.replace(/(:00)?\.000Z$/, "Z");
  return `${date} ${short}`;
}
