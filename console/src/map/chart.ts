// The map itself: MapLibre with our base, volumes and tracks, and what it tells of a click.
import { Map as MapLibre, setWorkerUrl, type Style } from "maplibre-gl";
import { place, set } from "../state/url";
import { loadWorld, paths, style } from "./base";
import type { Frame } from "./frames";
import { STRIDE } from "./frames";
import { onScreen } from "./gl";
import { drawLabels } from "./labels";
import type { Palette } from "./palette";
import { TracksLayer } from "./tracks-layer";
import { addVolumes } from "./volumes";

const CLICK_PX = 16;
const SAVE_MS = 1000;

export interface View {
  center: [number, number];
  zoom: number;
  bearing: number;
  pitch: number;
}

/** lat,lon,zoom,bearing,pitch as the address has it. */
export function viewOf(text: string): View | null {
  const values = text.split(",").map(Number);
  const [lat = NaN, lon = NaN, zoom = NaN, bearing = 0, pitch = 0] = values;
  if (values.length < 3 || values.some((one) => !Number.isFinite(one))) return null;
  if (Math.abs(lat) > 85 || Math.abs(lon) > 360) return null;
  return {
    center: [lon, lat],
    zoom: Math.max(0, Math.min(20, zoom)),
    bearing,
    pitch: Math.max(0, Math.min(70, pitch)),
  };
}

export function viewText(view: View): string {
  const [lon, lat] = view.center;
  const wrapped = ((((lon + 180) % 360) + 360) % 360) - 180;
  const parts = [lat.toFixed(4), wrapped.toFixed(4), view.zoom.toFixed(2)];
  if (view.bearing || view.pitch) parts.push(view.bearing.toFixed(0), view.pitch.toFixed(0));
  return parts.join(",");
}

export interface Chart {
  map: MapLibre;
  tracks: TracksLayer;
  remove: () => void;
}

export interface Told {
  drawn: (frame: Frame) => void;
  ready: () => void;
  lost: (lost: boolean) => void;
}

/** Throws where there is no WebGL2. */
export function chart(container: HTMLElement, colours: Palette, told: Told): Chart {
  const from = paths();
  setWorkerUrl(from.worker);
  const view = viewOf(place.peek().params["view"] ?? "");
  const map = new MapLibre({
    container,
    style: style(colours, from),
    ...(view ?? { center: [25, 38], zoom: 3.5 }),
    attributionControl: false,
    renderWorldCopies: true,
    fadeDuration: 0,
    maxPitch: 70,
    keyboard: false,
    doubleClickZoom: false,
    refreshExpiredTiles: false,
    validateStyle: false,
    canvasContextAttributes: { antialias: false, powerPreference: "high-performance" },
  });
  map.getCanvas().setAttribute("tabindex", "-1");
  drawLabels(map, colours);
  const tracks = new TracksLayer(map, colours, told.drawn);
  const stopWorld = loadWorld(map, from);
  map.on("load", () => {
    addVolumes(map);
    map.addLayer(tracks);
    map.once("render", () => told.ready());
    map.triggerRepaint();
  });
  comeBack(map, tracks, told);
  const stopSaving = saveView(map);
  const made: Chart = {
    map,
    tracks,
    remove: () => {
      stopWorld();
      stopSaving();
      map.remove();
    },
  };
  return made;
}

/** What MapLibre restores by itself is its own layers; ours is put back where it was, and only then
 * is the map said to be there again. */
function comeBack(map: MapLibre, tracks: TracksLayer, told: Told): void {
  let lost = false;
  const again = () => {
    if (!lost || !(map.style as Style | null)?._loaded) return;
    if (!map.getSource("volumes")) return;
    if (!map.getLayer(tracks.id))
      map.addLayer(tracks, map.getLayer("tool-line") ? "tool-line" : undefined);
    lost = false;
    told.lost(false);
    map.triggerRepaint();
  };
  map.on("webglcontextlost", () => {
    lost = true;
    told.lost(true);
  });
  map.on("webglcontextrestored", again);
  map.on("style.load", again);
  map.on("styledata", again);
}

/** Writes the view into the address, at most once a second, when the map came to rest. */
function saveView(map: MapLibre): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    timer = undefined;
    const { lng, lat } = map.getCenter();
    const view = viewText({
      center: [lng, lat],
      zoom: map.getZoom(),
      bearing: map.getBearing(),
      pitch: map.getPitch(),
    });
    if (place.peek().params["view"] !== view) set({ view });
  };
  map.on("moveend", () => (timer ??= setTimeout(save, SAVE_MS)));
  return () => clearTimeout(timer);
}

/** The row whose symbol is drawn nearest to the point, within reach; -1: none. */
export function rowAt(
  tracks: TracksLayer,
  frame: Frame,
  x: number,
  y: number,
  hidden: Uint8Array | null = null,
): number {
  const { camera } = tracks;
  if (!camera) return -1;
  let best = CLICK_PX ** 2;
  let row = -1;
  const all = frame.instances;
  for (let n = 0; n < frame.count; n += 1) {
    if (hidden?.[n]) continue;
    const at = n * STRIDE;
    const spot = onScreen(
      camera,
      (all[at] ?? 0) + (all[at + 2] ?? 0),
      (all[at + 1] ?? 0) + (all[at + 3] ?? 0),
      all[at + 4] ?? 0,
    );
    if (!spot) continue;
    const away = (spot.x - x) ** 2 + (spot.y - y) ** 2;
    if (away < best) [best, row] = [away, n];
  }
  return row;
}
