// Volumes and marks as layers of the map: kind by pattern, origin by line, words on each.
import type { Feature, FeatureCollection, MultiPolygon, Point, Polygon, Position } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from "maplibre-gl";
import type { Mark, Origin, Volume, VolumeKind } from "./contract";
import { circle } from "./geo";
import { bandText, type Unit } from "./heights";
import { forgetLabels, labelId, patternId, type Texture } from "./labels";
import type { Palette } from "./palette";
import { FOREVER } from "./picture";
import { zulu } from "../ui/time";

/** What fills each kind; own, declared and others differ by line, and own is laid flat. */
export const TEXTURES: Record<VolumeKind, Texture> = {
  declared: "diagonal",
  hazard: "cross",
  protected: "plus",
  named: "none",
  "third-party": "level",
  stop: "hatch",
  distress: "checks",
  nonconformance: "waves",
  moving: "dots",
  draft: "upright",
  "draft-hazard": "cross",
  account: "waves",
};
/** Dashes of each origin, in widths of the line. */
export const DASHES: Record<Origin, [number, number]> = {
  own: [1, 0],
  declared: [5, 2.5],
  observed: [1, 1.6],
  inferred: [8, 4],
};
export const WIDTHS: Record<Origin, number> = { own: 2.2, declared: 2, observed: 2, inferred: 1 };
/** What is drawn last and labelled first. */
const RANK: Record<VolumeKind, number> = {
  named: 0,
  "third-party": 1,
  account: 2,
  declared: 3,
  protected: 4,
  hazard: 5,
  moving: 6,
  "draft-hazard": 7,
  draft: 8,
  nonconformance: 9,
  stop: 10,
  distress: 11,
};
export const ALWAYS: readonly VolumeKind[] = ["stop", "distress", "nonconformance"];

export function colourOf(one: Pick<Volume, "kind" | "origin">, colours: Palette): string {
  if (one.kind === "stop" || one.kind === "distress") return colours.critical;
  if (one.kind === "hazard" || one.kind === "draft-hazard" || one.kind === "nonconformance")
    return colours.high;
  if (one.kind === "protected") return colours.good;
  if (one.kind === "named") return colours.dim;
  if (one.kind === "third-party") return colours.medium;
  if (one.kind === "draft") return colours.focus;
  return colours[one.origin];
}

export const textureOf = (one: Pick<Volume, "kind" | "origin">): Texture =>
  one.kind === "declared" && one.origin === "own" ? "flat" : TEXTURES[one.kind];

export function windowText(one: Pick<Volume, "from_ms" | "until_ms">, at_ms: number): string {
  if (one.from_ms <= 0 && one.until_ms >= FOREVER) return "";
  const until = one.until_ms >= FOREVER ? "…" : zulu(one.until_ms);
  return one.from_ms > at_ms ? `▸ ${zulu(one.from_ms)}–${until}` : `${zulu(one.from_ms)}–${until}`;
}

/** Shoelace sum of a ring, and where its middle is. */
function weigh(ring: readonly Position[]): { size: number; middle: [number, number] } {
  let [twice, x, y] = [0, 0, 0];
  const [ox = 0, oy = 0] = ring[0] ?? [];
  for (let n = 1; n < ring.length; n += 1) {
    const [ax, ay] = [(ring[n - 1]?.[0] ?? 0) - ox, (ring[n - 1]?.[1] ?? 0) - oy];
    const [bx, by] = [(ring[n]?.[0] ?? 0) - ox, (ring[n]?.[1] ?? 0) - oy];
    const part = ax * by - bx * ay;
    twice += part;
    x += (ax + bx) * part;
    y += (ay + by) * part;
  }
  if (twice === 0) return { size: 0, middle: [ox, oy] };
  return { size: Math.abs(twice), middle: [ox + x / (3 * twice), oy + y / (3 * twice)] };
}

/** The middle of its largest part. */
export function middleOf(outline: Polygon | MultiPolygon): [number, number] {
  const rings =
    outline.type === "Polygon"
      ? [outline.coordinates[0] ?? []]
      : outline.coordinates.map((part) => part[0] ?? []);
  return rings.map(weigh).reduce((a, b) => (b.size > a.size ? b : a), { size: -1, middle: [0, 0] })
    .middle;
}

interface Drawn {
  areas: FeatureCollection;
  names: FeatureCollection;
  labels: Set<string>;
}

const TOP_M = 20_000;

export function features(
  volumes: readonly Volume[],
  told: { at_ms: number; unit: Unit; colours: Palette; exercise: string; selected: string },
): Drawn {
  const areas: Feature[] = [];
  const names: Feature<Point>[] = [];
  const labels = new Set<string>();
  for (const one of volumes) {
    const colour = colourOf(one, told.colours);
    const planned = one.from_ms > told.at_ms;
    const chosen = one.ref === told.selected;
    areas.push({
      type: "Feature",
      geometry: one.outline,
      properties: {
        ref: one.ref,
        colour,
        pattern: patternId(textureOf(one), colour, planned),
        origin: one.origin,
        width: WIDTHS[one.origin] + (chosen ? 2 : 0),
        seen: planned ? 0.55 : 1,
        chosen,
        floor: Math.max(0, one.floor_m ?? 0),
        ceiling: Math.max(1, one.ceiling_m ?? TOP_M),
        solid: one.kind === "named" ? 0 : 1,
        rank: RANK[one.kind],
      },
    });
    const first = one.exercise ? `${told.exercise} ${one.label}` : one.label;
    const image = labelId(
      chosen ? told.colours.focus : colour,
      [first, bandText(one.floor_m, one.ceiling_m, told.unit), windowText(one, told.at_ms)],
      chosen || RANK[one.kind] > 8,
    );
    labels.add(image);
    names.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: middleOf(one.outline) },
      properties: { ref: one.ref, image, rank: chosen ? -100 : -RANK[one.kind] },
    });
  }
  areas.sort((a, b) => Number(a.properties?.["rank"]) - Number(b.properties?.["rank"]));
  return {
    areas: { type: "FeatureCollection", features: areas },
    names: { type: "FeatureCollection", features: names },
    labels,
  };
}

export function markFeatures(marks: readonly Mark[], colours: Palette): FeatureCollection {
  const made: Feature[] = [];
  for (const one of marks) {
    const colour = colours[one.origin];
    const image = labelId(colour, [`${one.party} ${one.label}`.trim()]);
    const properties = { ref: one.ref, colour, origin: one.origin, image };
    made.push({ type: "Feature", geometry: one.geometry, properties });
    if (one.uncertainty_m > 0 && one.geometry.type === "Point") {
      const [lon = 0, lat = 0] = one.geometry.coordinates;
      made.push({
        type: "Feature",
        geometry: { type: "LineString", coordinates: circle({ lat, lon }, one.uncertainty_m) },
        properties,
      });
    }
  }
  return { type: "FeatureCollection", features: made };
}

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

const dashes = (): unknown => [
  "match",
  ["get", "origin"],
  ...Object.entries(DASHES).flatMap(([origin, dash]) => [origin, ["literal", dash]]),
  ["literal", [1, 0]],
];

export function volumeLayers(): LayerSpecification[] {
  return [
    {
      id: "volumes-fill",
      type: "fill",
      source: "volumes",
      paint: { "fill-pattern": ["get", "pattern"], "fill-antialias": false },
    },
    {
      id: "volumes-line",
      type: "line",
      source: "volumes",
      layout: { "line-join": "round" },
      paint: {
        "line-color": ["get", "colour"],
        "line-width": ["get", "width"],
        "line-opacity": ["get", "seen"],
        "line-dasharray": dashes() as never,
      },
    },
    {
      id: "volumes-solid",
      type: "fill-extrusion",
      source: "volumes",
      filter: ["==", ["get", "solid"], 1],
      layout: { visibility: "none" },
      paint: {
        "fill-extrusion-color": ["get", "colour"],
        "fill-extrusion-base": ["get", "floor"],
        "fill-extrusion-height": ["get", "ceiling"],
        "fill-extrusion-opacity": 0.22,
      },
    },
    {
      id: "paths-line",
      type: "line",
      source: "paths",
      paint: {
        "line-color": ["get", "colour"],
        "line-width": 2,
        "line-dasharray": dashes() as never,
      },
    },
    {
      id: "marks-line",
      type: "line",
      source: "marks",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: {
        "line-color": ["get", "colour"],
        "line-width": 2,
        "line-dasharray": dashes() as never,
      },
    },
    {
      id: "marks-point",
      type: "circle",
      source: "marks",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 5,
        "circle-color": ["get", "colour"],
        "circle-stroke-width": 2,
        "circle-stroke-color": "#000000",
      },
    },
    {
      id: "marks-name",
      type: "symbol",
      source: "marks",
      filter: ["==", ["geometry-type"], "Point"],
      layout: { "icon-image": ["get", "image"], "icon-anchor": "top", "icon-offset": [0, 6] },
    },
    {
      id: "volumes-name",
      type: "symbol",
      source: "volume-names",
      layout: {
        "icon-image": ["get", "image"],
        "symbol-sort-key": ["get", "rank"],
        "icon-padding": 1,
      },
    },
    {
      id: "places-name",
      type: "symbol",
      source: "places",
      minzoom: 4,
      layout: { "icon-image": ["get", "image"], "icon-anchor": "left" },
    },
  ];
}

export const SOURCES = ["volumes", "volume-names", "paths", "marks", "places"] as const;

export function addVolumes(map: MapLibre): void {
  for (const id of SOURCES)
    map.addSource(id, { type: "geojson", data: EMPTY, tolerance: 0.3, buffer: 64, maxzoom: 14 });
  for (const layer of volumeLayers()) map.addLayer(layer);
}

export function lay(
  map: MapLibre,
  source: (typeof SOURCES)[number],
  data: FeatureCollection,
): void {
  if (hasStyle(map)) void map.getSource<GeoJSONSource>(source)?.setData(data);
}

/** None while the drawing is lost. */
const hasStyle = (map: MapLibre): boolean => (map.style as unknown) !== null;

export function layVolumes(map: MapLibre, drawn: Drawn): void {
  lay(map, "volumes", drawn.areas);
  lay(map, "volume-names", drawn.names);
  if (hasStyle(map)) forgetLabels(map, drawn.labels);
}
