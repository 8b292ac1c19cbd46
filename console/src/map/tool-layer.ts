// What a person is measuring or drawing, as it grows on the map.
import { effect } from "@preact/signals";
import type { Feature, FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { circle, leg, type Place } from "./geo";
import { labelId } from "./labels";
import type { Palette } from "./palette";
import { aim, tool, type Tool } from "./tool";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const MILE_M = 1852;

/** 12.34 km / 6.66 NM, 087° true. */
export function legText(from: Place, to: Place): string {
  const { metres, bearing } = leg(from, to);
  const km = metres < 10_000 ? (metres / 1000).toFixed(3) : (metres / 1000).toFixed(2);
  const degrees = String(Math.round(bearing) % 360).padStart(3, "0");
  return `${km} km  ${(metres / MILE_M).toFixed(2)} NM  ${degrees}°T`;
}

export function totalM(points: readonly Place[]): number {
  let sum = 0;
  points.forEach((at, n) => {
    const before = points[n - 1];
    if (before) sum += leg(before, at).metres;
  });
  return sum;
}

function drawn(now: Tool, next: Place | null, colours: Palette): FeatureCollection {
  const points = next ? [...now.points, next] : now.points;
  const features: Feature[] = points.map((at) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [at.lon, at.lat] },
    properties: {},
  }));
  const line = (coordinates: [number, number][]) =>
    features.push({
      type: "Feature",
      geometry: { type: "LineString", coordinates },
      properties: {},
    });
  const way = points.map((at): [number, number] => [at.lon, at.lat]);
  const [first, second] = points;
  if (now.mode === "circle" && first && second) line(circle(first, leg(first, second).metres));
  if (now.mode === "polygon" && way.length > 2 && way[0]) line([...way, way[0]]);
  else if (way.length > 1) line(way);
  points.forEach((at, n) => {
    const before = points[n - 1];
    if (!before) return;
    const wrap = Math.round((before.lon - at.lon) / 360) * 360;
    features.push({
      type: "Feature",
      geometry: {
        type: "Point",
        coordinates: [(before.lon + at.lon + wrap) / 2, (before.lat + at.lat) / 2],
      },
      properties: { image: labelId(colours.focus, [legText(before, at)], true) },
    });
  });
  return { type: "FeatureCollection", features };
}

export function addTool(map: MapLibre, colours: Palette): () => void {
  map.addSource("tool", { type: "geojson", data: EMPTY, tolerance: 0 });
  map.addLayer({
    id: "tool-line",
    type: "line",
    source: "tool",
    filter: ["==", ["geometry-type"], "LineString"],
    paint: { "line-color": colours.focus, "line-width": 2.5, "line-dasharray": [3, 1.5] },
  });
  map.addLayer({
    id: "tool-point",
    type: "circle",
    source: "tool",
    filter: ["all", ["==", ["geometry-type"], "Point"], ["!", ["has", "image"]]],
    paint: {
      "circle-radius": 4,
      "circle-color": colours.ground,
      "circle-stroke-color": colours.focus,
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: "tool-name",
    type: "symbol",
    source: "tool",
    filter: ["has", "image"],
    layout: { "icon-image": ["get", "image"], "icon-allow-overlap": true },
  });
  return effect(() => {
    const now = tool.value;
    if (!map.style) return; // the drawing is lost; it comes back whole
    const source = map.getSource<GeoJSONSource>("tool");
    void source?.setData(now ? drawn(now, aim.value, colours) : EMPTY);
    map.getCanvas().style.cursor = now ? "crosshair" : "";
  });
}
