// Points that a person sets on the map, by mouse or by keyboard: to measure, or to draw a shape that
// a room asked for.
import { effect, signal } from "@preact/signals";
import type { LineString, Point, Polygon } from "geojson";
import { drawing, type Drawing, type Shape } from "./contract";
import { leg, type Place } from "./geo";

export interface Tool {
  mode: "measure" | Drawing["mode"];
  points: readonly Place[];
}

export const tool = signal<Tool | null>(null);
/** Where the next point would be: the pointer, or the cross-hair of the keyboard. */
export const aim = signal<Place | null>(null);

const lonLat = ({ lat, lon }: Place): [number, number] => [lon, lat];

/** What the points are so far; null: too few. */
export function shapeOf(mode: Tool["mode"], points: readonly Place[]): Shape | null {
  const [first, second] = points;
  if (!first) return null;
  const feature = (
    geometry: Polygon | LineString | Point,
    properties: Shape["properties"] = {},
  ): Shape => ({ type: "Feature", geometry, properties });
  if (mode === "point") return feature({ type: "Point", coordinates: lonLat(first) });
  if (!second) return null;
  if (mode === "circle") {
    const radius_m = Math.max(1, Math.round(leg(first, second).metres));
    return feature({ type: "Point", coordinates: lonLat(first) }, { radius_m });
  }
  if (mode === "polygon") {
    if (points.length < 3) return null;
    const ring = [...points, first].map(lonLat);
    return feature({ type: "Polygon", coordinates: [ring] });
  }
  return feature({ type: "LineString", coordinates: points.map(lonLat) });
}

/** How many points end it by themselves. */
const ENOUGH: Partial<Record<Tool["mode"], number>> = { point: 1, circle: 2 };

function tell(points: readonly Place[]): void {
  const now = tool.peek();
  const asked = drawing.peek();
  if (!now || !asked || now.mode === "measure") return;
  const shape = shapeOf(now.mode, points);
  if (shape) asked.changed(shape);
}

export function put(place: Place): void {
  const now = tool.peek();
  if (!now) return;
  const last = now.points.at(-1);
  if (last && leg(last, place).metres < 1) return;
  const points = [...now.points, place];
  tool.value = { ...now, points };
  tell(points);
  if (points.length >= (ENOUGH[now.mode] ?? Infinity)) finish();
}

/** The pointer moves: a circle grows under it. */
export function point(place: Place | null): void {
  aim.value = place;
  const now = tool.peek();
  if (place && now?.mode === "circle" && now.points.length === 1) tell([...now.points, place]);
}

export function undo(): void {
  const now = tool.peek();
  if (!now) return;
  const points = now.points.slice(0, -1);
  tool.value = { ...now, points };
  tell(points);
}

/** The shape is ready; a measure stays until it is given up. */
export function finish(): void {
  const now = tool.peek();
  if (!now || now.mode === "measure") return;
  const shape = shapeOf(now.mode, now.points);
  if (!shape) return;
  const asked = drawing.peek();
  tool.value = null;
  drawing.value = null;
  asked?.done(shape);
}

export function giveUp(): void {
  const asked = drawing.peek();
  tool.value = null;
  drawing.value = null;
  asked?.done(null);
}

export const measure = (): void => {
  if (tool.peek()?.mode === "measure") giveUp();
  else if (!tool.peek()) tool.value = { mode: "measure", points: [] };
};

/** Begins when a room asks for a shape, ends when it takes that back. */
export const followDrawing = (): (() => void) =>
  effect(() => {
    const asked = drawing.value;
    const now = tool.peek();
    if (asked) tool.value = { mode: asked.mode, points: [] };
    else if (now && now.mode !== "measure") tool.value = null;
  });
