// A place in the four notations that officers read to each other, as parley.space writes them.
import { forward } from "mgrs";
import { leg, type Place } from "./geo";

export interface Named extends Place {
  name: string;
}

export interface Notations {
  dd: string;
  dms: string;
  /** Empty beyond 84 N and 80 S, where the grid is another. */
  mgrs: string;
  /** From the nearest named point; empty where none is within 2,000 km. */
  from: string;
}

const E7 = 10_000_000;
const FARTHEST_M = 2_000_000;
const e7 = (value: number): number => Math.round(value * E7);
const wrapped = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;

function decimal(value: number, width: number, letters: string): string {
  const text = (Math.abs(e7(value)) / E7).toFixed(7).padStart(width + 8, "0");
  return text + letters[value < 0 ? 1 : 0];
}

function sexagesimal(value: number, width: number, letters: string): string {
  const whole = Math.abs(e7(value));
  const degrees = Math.floor(whole / E7);
  const rest = Math.round(((whole % E7) * 36) / 10);
  const minutes = Math.floor(rest / 600_000);
  const seconds = ((rest % 600_000) / 10_000).toFixed(4).padStart(7, "0");
  const text = `${String(degrees).padStart(width, "0")}°${String(minutes).padStart(2, "0")}'${seconds}"`;
  return text + letters[value < 0 ? 1 : 0];
}

export const dd = ({ lat, lon }: Place): string =>
  `${decimal(lat, 2, "NS")} ${decimal(lon, 3, "EW")}`;

export const dms = ({ lat, lon }: Place): string =>
  `${sexagesimal(lat, 2, "NS")} ${sexagesimal(lon, 3, "EW")}`;

export function mgrs({ lat, lon }: Place): string {
  if (!(lat >= -80 && lat < 84)) return "";
  const text = forward([lon, lat], 5);
  return /^\d[A-Z]/.test(text) ? `0${text}` : text;
}

export function fromNearest(at: Place, named: readonly Named[]): string {
  let best: { name: string; metres: number; bearing: number } | null = null;
  for (const one of named) {
    const { metres, bearing } = leg(one, at);
    if (!best || metres < best.metres) best = { name: one.name, metres, bearing };
  }
  if (!best || best.metres >= FARTHEST_M) return "";
  if (best.metres < 0.0005) return `${best.name} 000.0000/0.000km`;
  const bearing = (Math.round(best.bearing * 10_000) % 3_600_000) / 10_000;
  return `${best.name} ${bearing.toFixed(4).padStart(8, "0")}/${(best.metres / 1000).toFixed(3)}km`;
}

export function notations(at: Place, named: readonly Named[]): Notations {
  const held = { lat: at.lat, lon: wrapped(at.lon) };
  return { dd: dd(held), dms: dms(held), mgrs: mgrs(held), from: fromNearest(held, named) };
}
