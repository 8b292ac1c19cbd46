// What is left of the picture when the filter is applied: the map and its lists show this.
import { computed, effect } from "@preact/signals";
import { alarms } from "../state/live";
import { selected } from "../state/url";
import { allVolumes, currentFrame, frames } from "./feed";
import { filters, hiddenRows, keepsVolume, type Kept } from "./filtering";
import { filter, hiddenCount, instant } from "./state";

/** Without the version: "notice:blue-1@2" is about "notice:blue-1". */
const bare = (ref: string): string => ref.replace(/@\d+$/, "");

const alarmedText = computed(() =>
  [...new Set(alarms.value.flatMap((one) => one.finding.refs))].map(bare).sort().join("\n"),
);
/** Refs of what an alarm stands about; another set only when they are others. */
export const alarmed = computed<ReadonlySet<string>>(
  () => new Set(alarmedText.value.split("\n").filter(Boolean)),
);
const kept = computed<Kept>(() => ({ selected: selected.value, alarmed: alarmed.value }));

export const visibleVolumes = computed(() => {
  const all = allVolumes.value;
  const now = filter.value;
  if (!filters(now)) return all;
  return all.filter((one) => keepsVolume(one, now, kept.value));
});

/** One byte a row of the current frame; null: nothing is hidden. */
export const hiddenTracks = computed<{ rows: Uint8Array; count: number } | null>(() => {
  void frames.value;
  void instant.value;
  const now = currentFrame();
  return now && hiddenRows(now.frame, now.id, filter.value, kept.value);
});

effect(() => {
  hiddenCount.value =
    allVolumes.value.length - visibleVolumes.value.length + (hiddenTracks.value?.count ?? 0);
});
