// What the map shares with the rooms: what they lay on it, what they ask it to let a person draw,
// where they ask it to look. Rooms import this file and nothing else of the map.
import { signal } from "@preact/signals";
import type { Feature, LineString, MultiPolygon, Point, Polygon } from "geojson";

/** Who says that it is there: ours, another party's words, seen by a sensor, concluded by rules. */
export type Origin = "own" | "declared" | "observed" | "inferred";

export type VolumeKind =
  | "declared"
  | "hazard"
  | "protected"
  | "named"
  | "third-party"
  | "stop"
  | "distress"
  | "nonconformance"
  | "moving"
  | "draft"
  | "draft-hazard"
  | "account";

/** A piece of airspace for a span of time. Heights in metres above the WGS-84 ellipsoid. */
export interface Volume {
  id: string;
  /** What is selected when somebody clicks it. */
  ref: string;
  kind: VolumeKind;
  origin: Origin;
  label: string;
  party: string;
  outline: Polygon | MultiPolygon;
  floor_m: number | null;
  ceiling_m: number | null;
  from_ms: number;
  until_ms: number;
  exercise: boolean;
  /** Whether it is in force at the instant shown, or planned. */
  state: string;
}

/** A place or a way that a room lays on the map (accounts of an incident, a measured leg). */
export interface Mark {
  id: string;
  ref: string;
  origin: Origin;
  label: string;
  party: string;
  geometry: Point | LineString;
  /** Radius of the circle within which it is, metres; 0: as exact as it is written. */
  uncertainty_m: number;
}

export interface Overlay {
  volumes?: readonly Volume[];
  marks?: readonly Mark[];
}

/** By the room that lays it. */
export const overlays = signal<ReadonlyMap<string, Overlay>>(new Map());

export function lay(room: string, overlay: Overlay | null): void {
  const next = new Map(overlays.peek());
  if (overlay === null) next.delete(room);
  else next.set(room, overlay);
  overlays.value = next;
}

export type Shape = Feature<Polygon | LineString | Point, { radius_m?: number }>;

/** A room asks for a shape; the map lets a person draw it and calls back. Longitude first. */
export interface Drawing {
  mode: "polygon" | "circle" | "line" | "point";
  /** Each time the shape changes while it is drawn. */
  changed: (shape: Shape) => void;
  /** Finished (Enter, double click), or null: given up (Escape). */
  done: (shape: Shape | null) => void;
}

export const drawing = signal<Drawing | null>(null);

/** Where a room asks the map to look; the map empties it when it looked. */
export interface Look {
  /** west, south, east, north in degrees. */
  bounds: readonly [number, number, number, number];
}

export const look = signal<Look | null>(null);

/** The pointer on the map, for whoever shows coordinates. */
export const pointer = signal<{ lat: number; lon: number } | null>(null);
