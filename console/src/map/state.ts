// What the parts of the map share: the instant shown, units, filters, tools.
import { computed, signal } from "@preact/signals";
import { now } from "../state/clock";
import { param, place, set, shownAt } from "../state/url";
import type { VolumeKind } from "./contract";
import type { Place } from "./geo";
import { UNITS, type Unit } from "./heights";
import { TOP_M } from "./levels";

/** While the slider is held: the instant under it. */
export const dragged = signal<number | null>(null);
/** The instant that the map shows; null: live. */
export const instant = computed(() => dragged.value ?? shownAt.value);
/** The picture as our log had it at this instant; null: as it has it now. */
export const knownAt = computed(() => {
  const ms = Date.parse(place.value.params["as_of"] ?? "");
  return Number.isNaN(ms) ? null : ms;
});
export const instantMs = (): number => instant.peek() ?? now.peek();

const unitParam = param("units");
export const unit = computed<Unit>(() => UNITS.find((one) => one === unitParam.value) ?? "fl");
export const setUnit = (next: Unit): void => set({ units: next === "fl" ? null : next });

const symbolParam = param("symbols");
export const civil = computed(() => symbolParam.value === "civil");
export const setCivil = (on: boolean): void => set({ symbols: on ? "civil" : null });

export interface Filter {
  floor_m: number;
  ceiling_m: number;
  kinds: ReadonlySet<string>;
}

const bandParam = param("band");
const hideParam = param("hide");
/** What the officer does not want to see: heights outside the band, kinds that are left out. */
export const filter = computed<Filter>(() => {
  const [floor = NaN, ceiling = NaN] = bandParam.value.split("-").map(Number);
  return {
    floor_m: bandParam.value && floor === floor ? floor : -1000,
    ceiling_m: bandParam.value && ceiling === ceiling ? ceiling : Infinity,
    kinds: new Set(hideParam.value.split(".").filter(Boolean)),
  };
});
export const setBand = (floor_m: number, ceiling_m: number): void =>
  set({ band: floor_m <= 0 && ceiling_m >= TOP_M ? null : `${floor_m}-${ceiling_m}` });
export function toggleKind(kind: VolumeKind | "tracks"): void {
  const kinds = new Set(filter.peek().kinds);
  if (!kinds.delete(kind)) kinds.add(kind);
  set({ hide: [...kinds].join(".") || null });
}

export const measuring = signal<readonly Place[] | null>(null);
/** The cross-hair of the keyboard: where the next corner would be set; null: none. */
export const crosshair = signal<Place | null>(null);
export const legendShown = signal(false);
export const tilted = signal(false);
/** Counts frames drawn; what follows tracks reads it. */
export const drawnFrames = signal(0);
/** What is in view moved: counts up when the map came to rest. */
export const rested = signal(0);
/** Why there is no map: "" when there is one. */
export const broken = signal<"" | "no-webgl" | "lost">("");
export const hiddenCount = signal(0);
