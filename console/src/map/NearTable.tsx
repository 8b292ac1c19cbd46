// What stands instead of a map where none can be drawn: what is in force, and tracks, as a table.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { nowMs } from "../state/clock";
import { select, selected } from "../state/url";
import { urgencyOf } from "./blocks";
import { currentFrame, frames } from "./feed";
import { urgencyOfVolume } from "./insight";
import { middleOf } from "./volumes";
import { inDegrees } from "./geo";
import { tellTrack, tellVolume, type Telling } from "./sight";
import { broken, instant } from "./state";
import { alarmed, hiddenTracks, visibleVolumes } from "./visible";

const MOST = 200;

interface Line {
  ref: string;
  told: Telling;
  place: string;
  urgency: number;
}

const lines = signal<readonly Line[]>([]);

function read(): void {
  const at_ms = instant.peek() ?? nowMs();
  const ref = selected.peek();
  const found: Line[] = [];
  for (const one of visibleVolumes.peek()) {
    if (one.from_ms > at_ms || one.until_ms < at_ms) continue;
    const [lon, lat] = middleOf(one.outline);
    const urgency = urgencyOfVolume(one, ref, alarmed.peek());
    found.push({ ref: one.ref, told: tellVolume(one), place: inDegrees(lat, lon), urgency });
  }
  const now = currentFrame();
  if (now) found.push(...trackLines(now.frame.count, ref));
  found.sort((a, b) => a.urgency - b.urgency);
  lines.value = found.slice(0, MOST);
}

function trackLines(count: number, ref: string): Line[] {
  const now = currentFrame();
  if (!now) return [];
  const hidden = hiddenTracks.peek()?.rows;
  const chosen = ref.startsWith("track:") ? now.id.indexOf(ref.slice(6)) : -1;
  const rows: { row: number; urgency: number }[] = [];
  for (let row = 0; row < count; row += 1)
    if (!hidden?.[row]) rows.push({ row, urgency: urgencyOf(now.frame, row, chosen) });
  rows.sort((a, b) => a.urgency - b.urgency);
  return rows.slice(0, MOST).flatMap(({ row, urgency }) => {
    const told = tellTrack(row);
    const place = inDegrees(now.frame.lat[row] ?? 0, now.frame.lon[row] ?? 0);
    return told ? [{ ref: `track:${now.id[row] ?? ""}`, told, place, urgency }] : [];
  });
}

export function NearTable() {
  useEffect(() => {
    read();
    const stops = [visibleVolumes.subscribe(read), frames.subscribe(read)];
    return () => stops.forEach((stop) => stop());
  }, []);
  return (
    <div class="neartable" tabIndex={0} role="region" aria-label={t("map:near_title")}>
      <p role="alert">{t(broken.value === "lost" ? "map:near_lost" : "map:near_why")}</p>
      <table>
        <caption>{t("map:near_title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("map:near_what")}</th>
            <th scope="col">{t("map:near_name")}</th>
            <th scope="col">{t("map:near_told")}</th>
            <th scope="col">{t("map:near_where")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.value.map((one, n) => (
            <tr key={`${one.ref}/${n}`} aria-current={one.ref === selected.value || undefined}>
              <td>{one.told.kind}</td>
              <td>
                <button type="button" class="plainlink" onClick={() => select(one.ref)}>
                  <bdi>{one.told.name}</bdi>
                </button>
              </td>
              <td>
                {one.told.rest.map((text, part) => (
                  <>
                    {part > 0 && t("map:view_comma")}
                    <bdi key={part}>{text}</bdi>
                  </>
                ))}
              </td>
              <td dir="ltr">{one.place}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
