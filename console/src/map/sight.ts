// What is in view now, for the list, the strip and the table; and what the list points at.
import { signal } from "@preact/signals";
import { t, word, type Key } from "../i18n";
import { nowMs } from "../state/clock";
import { selected } from "../state/url";
import { zuluTime } from "../ui/time";
import { noneOnScreen, project, stateOf, type OnScreen, type Words } from "./blocks";
import type { Origin, Volume, VolumeKind } from "./contract";
import { currentFrame } from "./feed";
import { type Entry, trackEntries, volumeEntries, type Bounds } from "./insight";
import { bandText, climbText, heightText, speedText } from "./heights";
import { FOREVER } from "./picture";
import { running } from "./running";
import { instant, unit } from "./state";
import { alarmed, hiddenTracks, visibleVolumes } from "./visible";

/** What the list points at; it is drawn with a bright edge. */
export const pointedAt = signal<Entry | null>(null);

export const KIND_TEXTS: Record<VolumeKind, Key> = {
  declared: "map:legend_declared",
  hazard: "map:legend_hazard",
  protected: "map:legend_protected",
  named: "map:legend_named",
  "third-party": "map:legend_third_party",
  stop: "map:legend_stop",
  distress: "map:legend_distress",
  nonconformance: "map:legend_nonconformance",
  moving: "map:legend_moving",
  draft: "map:legend_draft",
  "draft-hazard": "map:legend_draft_hazard",
  account: "map:legend_account",
};
const ORIGIN_TEXTS: Record<Origin, Key> = {
  own: "map:view_own",
  declared: "map:view_declared",
  observed: "map:view_observed",
  inferred: "map:view_inferred",
};

const seen: OnScreen = noneOnScreen();

/** Entries in view: volumes whole, tracks at most `most`. Empty without a map. */
export function entriesInView(most: number): Entry[] {
  const chart = running.peek()?.chart;
  if (!chart) return [];
  const { map, tracks } = chart;
  const box = map.getBounds();
  const view: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  const ref = selected.peek();
  const told = { selected: ref, alarmed: alarmed.peek() };
  const entries: Entry[] = volumeEntries(visibleVolumes.peek(), view, told);
  const now = currentFrame();
  if (!now || !tracks.camera) return entries;
  const canvas = map.getCanvas();
  const size = { width: canvas.clientWidth, height: canvas.clientHeight };
  const hidden = hiddenTracks.peek()?.rows ?? null;
  project(now.frame, tracks.camera, size, hidden, seen);
  const row = ref.startsWith("track:") ? now.id.indexOf(ref.slice(6)) : -1;
  return [...entries, ...trackEntries(now.frame, now.id, seen, size, row, most)];
}

export const stateWords = (): Words => ({
  coasting: t("map:view_coasting"),
  lost: t("map:view_lost"),
  doubted: t("map:view_doubted"),
  emergency: t("map:view_emergency"),
});

/** What it is, what it is called (perhaps by others), and the rest of what is told of it. */
export interface Telling {
  kind: string;
  name: string;
  rest: string[];
}

const OF_ITEMS = /^(notice|stop|distress|report|nonconformance):/;

export function kindName(one: Volume): string {
  const found = OF_ITEMS.exec(one.ref);
  return found?.[1] ? word("codes", found[1]) : t(KIND_TEXTS[one.kind]);
}

export const originName = (one: Volume): string =>
  one.party || one.origin === "own"
    ? t(ORIGIN_TEXTS[one.origin], { party: one.party })
    : t("map:view_agreed");

export function whenText(one: Volume, at_ms: number): string {
  if (one.from_ms > at_ms) return t("map:view_begins", { time: zuluTime(one.from_ms) });
  return one.until_ms >= FOREVER ? "" : t("map:view_until", { time: zuluTime(one.until_ms) });
}

export function tellVolume(one: Volume): Telling {
  return {
    kind: kindName(one),
    name: one.label,
    rest: [
      one.exercise ? t("app:exercise") : "",
      alarmed.peek().has(one.ref) ? t("map:view_alarm") : "",
      originName(one),
      bandText(one.floor_m, one.ceiling_m, unit.peek()),
      whenText(one, instant.peek() ?? nowMs()),
    ].filter(Boolean),
  };
}

const ALARM_FLAGS = 16;

export function tellTrack(row: number): Telling | null {
  const now = currentFrame();
  if (!now || row >= now.frame.count) return null;
  const { frame } = now;
  const speed = frame.speed_mps[row] ?? NaN;
  const climb = climbText(frame.climb_mps[row] ?? NaN);
  const age = frame.age_s[row] ?? NaN;
  return {
    kind: t("map:view_track"),
    name: now.label[row] || now.id[row] || "",
    rest: [
      (frame.flags[row] ?? 0) & ALARM_FLAGS ? t("map:view_alarm") : "",
      now.owner[row] || t("map:view_unowned"),
      heightText(frame.height_m[row] ?? NaN, frame.pressure_m[row] ?? NaN, unit.peek()) + climb,
      speed === speed ? speedText(speed, unit.peek()) : "",
      stateOf(frame, row, stateWords()).replace(/ ?\d+ s$/, ""),
      age === age ? t("map:view_old", { seconds: Math.round(age) }) : "",
    ].filter(Boolean),
  };
}

export const tell = (entry: Entry): Telling | null =>
  entry.kind === "volume" ? tellVolume(entry.first) : tellTrack(entry.row);
