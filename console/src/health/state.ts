// Figures and series of a period, measured by the node when somebody asks.
import { computed, signal } from "@preact/signals";
import { get } from "../api/client";
import { nowMs } from "../state/clock";

export const PERIODS = [7, 30, 90, 365] as const;

export interface Figure {
  section: string;
  /** "blue>green": what blue said to green; "blue<>green": the two against each other. */
  of: string;
  name: string;
  value: number | null;
  unit?: string;
  /** Why there is no value. */
  why?: string;
}

export interface Measured {
  parties: [string, string][];
  period: { from_ms: number; until_ms: number };
  figures: Figure[];
  /** Class of activity and its agreed lead time in seconds. */
  rules: [string, number][];
  marking: string;
}

export interface Series {
  of: string;
  name: string;
  unit: string;
  values: (number | null)[];
}

export interface Drawn {
  every: string;
  edges_ms: number[];
  series: Series[];
}

const DAY_MS = 86_400_000;
export const days = signal<number>(30);
const asked_ms = signal(nowMs());
export const measured = signal<Measured | null>(null);
export const drawn = signal<Drawn | null>(null);
export const failure = signal<unknown>(null);

const plain = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

export const period = computed(() => ({
  from: plain(asked_ms.value - days.value * DAY_MS),
  until: plain(asked_ms.value),
}));

export async function load(): Promise<void> {
  asked_ms.value = nowMs();
  const { from, until } = period.peek();
  const every = days.peek() > 120 ? "week" : "day";
  try {
    const [figures, series] = await Promise.all([
      get<Measured>("/v1/health/mechanism", { from, until }),
      get<Drawn>("/v1/health/mechanism/series", { from, until, every }),
    ]);
    measured.value = figures;
    drawn.value = series;
    failure.value = null;
  } catch (error) {
    failure.value = error;
  }
}
