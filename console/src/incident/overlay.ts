// What an incident lays on the map: places that are claimed, with how sure, and where tracks were.
import { effect } from "@preact/signals";
import { lay, look, type Mark } from "../map/contract";
import { selected } from "../state/url";
import { zuluTime } from "../ui/time";
import { lastFixes } from "./placing";
import { claimsOf, orderOf, publishedMs, shapeOf, type Timeline } from "./model";
import { asKnown, cursor, replaying, turn } from "./replay";
import { timeline } from "./store";
import { nameOf } from "./words";

const MOST = 200;
const WAY = 600;

function claimed(found: Timeline, known_ms: number): Mark[] {
  const order = orderOf(found);
  return claimsOf(found)
    .filter((one) => one.place && one.state !== "withdrawn" && publishedMs(one) <= known_ms)
    .slice(0, MOST)
    .map((one) => {
      const shape = shapeOf(order.indexOf(one.claimant));
      const when = one.from_ms === null ? "" : ` ${zuluTime(one.from_ms)}`;
      const chosen = one.ref === selected.value ? "» " : "";
      return {
        id: one.ref,
        ref: one.ref,
        origin: "declared",
        label: `${chosen}${one.topic}${when}`,
        party: `${shape} ${nameOf(found, one.claimant)}:`,
        geometry: {
          type: "Point",
          coordinates: one.place?.geometry.coordinates.slice(0, 2) ?? [0, 0],
        },
        uncertainty_m: Math.max(0, one.place?.properties.uncertainty_m ?? 0),
      };
    });
}

/** Our log's own record of tracks up to the cursor. */
function flown(found: Timeline): Mark[] {
  return lastFixes(found, cursor.peek())
    .slice(0, MOST)
    .flatMap(({ track, fix, way }) => {
      const mark = {
        ref: `track:${track.track}`,
        origin: "observed" as const,
        party: "",
      };
      const line: Mark[] =
        way.length > 1
          ? [
              {
                ...mark,
                id: `${track.track} way`,
                label: "",
                geometry: {
                  type: "LineString",
                  coordinates: way.slice(-WAY).map((one) => [one.lon_deg, one.lat_deg]),
                },
                uncertainty_m: 0,
              },
            ]
          : [];
      return [
        ...line,
        {
          ...mark,
          id: `${track.track} ${track.source}`,
          label: `✈ ${track.label || track.track} ${zuluTime(fix.at_ms)}`,
          geometry: { type: "Point", coordinates: [fix.lon_deg, fix.lat_deg] },
          uncertainty_m: fix.uncertainty_m ?? 0,
        },
      ];
    });
}

/** All places of the incident, so that the map shows them when it is opened. */
function around(found: Timeline): readonly [number, number, number, number] | null {
  const points = [
    ...claimsOf(found).flatMap((one) => (one.place ? [one.place.geometry.coordinates] : [])),
    ...found.tracks.flatMap((one) => one.points.map((fix) => [fix.lon_deg, fix.lat_deg])),
  ];
  if (points.length === 0) return null;
  const box: [number, number, number, number] = [180, 90, -180, -90];
  for (const [lon = 0, lat = 0] of points) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  const pad = box[2] - box[0] < 0.2 ? 0.3 : 0;
  return [box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad];
}

/** Lays them while an incident is open; returns what takes them off. */
export function layAccounts(): () => void {
  let looked = "";
  const stop = effect(() => {
    const found = timeline.value;
    if (!found) return lay("incident", null);
    if (looked !== found.incident) {
      looked = found.incident;
      const bounds = around(found);
      if (bounds) look.value = { bounds };
    }
    void turn.value;
    const known_ms = asKnown.value && replaying.value ? cursor.peek() : Infinity;
    const tracks = replaying.value ? flown(found) : [];
    lay("incident", { marks: [...claimed(found, known_ms), ...tracks] });
  });
  return () => {
    stop();
    lay("incident", null);
  };
}
