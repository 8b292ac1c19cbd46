// The map below everything: Natural Earth from the node itself, finer as one looks nearer, and a
// graticule. No glyphs, no sprites, no foreign address.
import type { FeatureCollection } from "geojson";
import type {
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibre,
  StyleSpecification,
} from "maplibre-gl";
import type { Palette } from "./palette";

export interface Paths {
  worker: string;
  frames: string;
  "110m": string;
  "50m": string;
  "10m": string;
}

export const paths = (): Paths => {
  const told = JSON.parse(document.body.dataset["paths"] ?? "{}") as Partial<Paths>;
  const whole = (path: string | undefined) => new URL(path ?? "", document.baseURI).href;
  return {
    worker: whole(told.worker),
    frames: whole(told.frames),
    "110m": whole(told["110m"]),
    "50m": whole(told["50m"]),
    "10m": whole(told["10m"]),
  };
};

/** From which zoom each scale is drawn. */
const SCALES = [
  ["110m", 0, 4],
  ["50m", 4, 6.5],
  ["10m", 6.5, 24],
] as const;
type Scale = (typeof SCALES)[number][0];

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

function graticule(): FeatureCollection {
  const features: FeatureCollection["features"] = [];
  const line = (coordinates: number[][], step: number) =>
    features.push({
      type: "Feature",
      properties: { step },
      geometry: { type: "LineString", coordinates },
    });
  const stepOf = (n: number): number =>
    n % 30 === 0 ? 30 : n % 10 === 0 ? 10 : n % 5 === 0 ? 5 : 1;
  for (let lon = -180; lon <= 180; lon += 1) {
    const at: number[][] = [];
    for (let lat = -85; lat <= 85; lat += 5) at.push([lon, lat]);
    line(at, stepOf(lon));
  }
  for (let lat = -80; lat <= 80; lat += 1) {
    const at: number[][] = [];
    for (let lon = -180; lon <= 180; lon += 10) at.push([lon, lat]);
    line(at, stepOf(lat));
  }
  return { type: "FeatureCollection", features };
}

function landLayers(colours: Palette): LayerSpecification[] {
  return SCALES.flatMap(([scale, from, to]): LayerSpecification[] => [
    {
      id: `land-${scale}`,
      type: "fill",
      source: scale,
      minzoom: from,
      maxzoom: to,
      filter: ["==", ["get", "kind"], "land"],
      paint: { "fill-color": colours.land, "fill-antialias": false },
    },
    {
      id: `coast-${scale}`,
      type: "line",
      source: scale,
      minzoom: from,
      maxzoom: to,
      filter: ["==", ["get", "kind"], "land"],
      paint: { "line-color": colours.border, "line-width": 1 },
    },
  ]);
}

/** Layers in order; ours come behind these. */
export function style(colours: Palette, from: Paths): StyleSpecification {
  const world = {
    type: "geojson" as const,
    data: EMPTY,
    tolerance: 0.5,
    attribution: "Natural Earth",
  };
  const lines = ([30, 10, 5, 1] as const).map((step, n): LayerSpecification => ({
    id: `graticule-${step}`,
    type: "line",
    source: "graticule",
    minzoom: [0, 3, 5, 7][n] ?? 0,
    filter: ["==", ["get", "step"], step],
    paint: { "line-color": colours.line, "line-width": 0.6, "line-opacity": 0.45 },
  }));
  return {
    version: 8,
    sources: {
      "110m": { ...world, data: from["110m"], maxzoom: 5 },
      "50m": { ...world, maxzoom: 7 },
      "10m": { ...world, maxzoom: 10 },
      graticule: { type: "geojson", data: graticule(), maxzoom: 6, tolerance: 0.1 },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": colours.water } },
      ...landLayers(colours),
      ...lines,
      {
        id: "countries",
        type: "symbol",
        source: "110m",
        minzoom: 1.5,
        maxzoom: 9,
        filter: ["==", ["get", "kind"], "name"],
        layout: {
          "icon-image": ["concat", `label|${colours.dim}||`, ["get", "name"]],
          "icon-padding": 6,
        },
        paint: { "icon-opacity": 0.8 },
      },
    ],
  };
}

/** Loads the scale that the zoom asks for: the coarse one is there from the start, finer ones come
 * when they are needed or when nothing else is to do. A scale that is not there yet is stood in for by a coarser one. */
export function loadWorld(map: MapLibre, from: Paths): () => void {
  const state = new Map<Scale, "asked" | "there">([["110m", "there"]]);
  const idle = new AbortController();
  const adapt = () => {
    let finest = 0;
    SCALES.forEach(([scale], n) => {
      if (state.get(scale) === "there") finest = n;
    });
    SCALES.forEach(([scale, least, most], n) => {
      for (const id of [`land-${scale}`, `coast-${scale}`])
        if (map.getLayer(id)) map.setLayerZoomRange(id, least, n === finest ? 24 : most);
    });
  };
  const load = async (scale: Scale) => {
    if (state.has(scale)) return;
    state.set(scale, "asked");
    try {
      await map.getSource<GeoJSONSource>(scale)?.setData(from[scale]);
      if (idle.signal.aborted) return;
      state.set(scale, "there");
      adapt();
    } catch {
      state.delete(scale);
    }
  };
  const look = () => {
    const zoom = map.getZoom();
    if (zoom >= 3.5) void load("50m");
    if (zoom >= 6.2) void load("10m");
  };
  map.once("idle", () => void load("50m"));
  map.on("zoomend", look);
  map.once("load", look);
  return () => idle.abort();
}
