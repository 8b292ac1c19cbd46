// A frame of the live picture as the node gives it (columns), and as the map draws it (typed
// arrays, made in a worker and handed over without a copy).
import { mercatorMetre, mercatorX, mercatorY } from "./geo";

type Numbers = (number | null)[];

export interface Columns {
  count: number;
  id?: string[];
  label?: string[];
  owner?: string[];
  lat: number[];
  lon: number[];
  radius_m: Numbers;
  vertical_m: Numbers;
  speed_mps: Numbers;
  course_deg: Numbers;
  climb_mps: Numbers;
  height_m: Numbers;
  pressure_m: Numbers;
  age_s: Numbers;
  seen_ms: number[];
  status: number[];
  flags: number[];
}

export interface MovingColumns {
  ref: string[];
  track: string[];
  party: string[];
  lat: Numbers;
  lon: Numbers;
  radius_m: number[];
  floor_m: Numbers;
  ceiling_m: Numbers;
  from_ms: number[];
  until_ms: number[];
}

export const GROUND = 1;
export const EMERGENCY = 2;
export const DOUBTED = 4;
export const UNOWNED = 8;
export const ALARMED = 16;
export const UNACKNOWLEDGED = 32;
export const LIVE = 0;
export const COASTING = 1;
export const LOST = 2;

/** Numbers of one instance, in order: x and y of the square world (each as two floats, so that it
 * is exact to a millimetre), height, radius, way in a minute (x, y), sprite, age in s, flags,
 * course in radians. */
export const STRIDE = 12;
export const OWN = 0;
export const PARTY = 1;
export const UNKNOWN = 2;
export const UAS = 3;
/** Sprites of one symbol set: four who, three states each. */
export const SPRITES = 12;
/** Sprites behind the two symbol sets: what stands around a symbol. */
export const MARK_EMERGENCY = 24;
export const MARK_DOUBTED = 25;
export const MARK_ALARM = 26;
export const MARK_WAITS = 27;
export const MARK_GROUND = 28;
export const MARK_SELECTED = 29;

export interface Frame {
  swept: number;
  now_ms: number;
  count: number;
  /** Only in a frame that differs from the one before it. */
  names: { id: string[]; label: string[]; owner: string[] } | null;
  lat: Float64Array;
  lon: Float64Array;
  radius_m: Float32Array;
  speed_mps: Float32Array;
  course_deg: Float32Array;
  climb_mps: Float32Array;
  height_m: Float32Array;
  pressure_m: Float32Array;
  age_s: Float32Array;
  status: Uint8Array;
  flags: Uint8Array;
  who: Uint8Array;
  instances: Float32Array;
  /** What stands around symbols: STRIDE numbers each. */
  marks: Float32Array;
  moving: MovingColumns | null;
  rings: Float32Array;
}

const floats = (values: Numbers, count: number): Float32Array => {
  const made = new Float32Array(count);
  for (let n = 0; n < count; n += 1) made[n] = values[n] ?? NaN;
  return made;
};

const M_A_DEGREE = 111_120;

export function whoOf(id: string, owner: string, party: string): number {
  if (owner === party && owner) return OWN;
  if (owner) return PARTY;
  return /^(rid|uas|utm):/.test(id) ? UAS : UNKNOWN;
}

/** Writes one place as two floats each. */
function place(out: Float32Array, at: number, lat: number, lon: number): void {
  const [x, y] = [mercatorX(lon), mercatorY(lat)];
  const [xh, yh] = [Math.fround(x), Math.fround(y)];
  out[at] = xh;
  out[at + 1] = yh;
  out[at + 2] = x - xh;
  out[at + 3] = y - yh;
}

export function framed(
  tracks: Columns,
  moving: MovingColumns | null,
  told: { swept: number; now_ms: number; party: string; ids: string[]; owners: string[] },
): Frame {
  const { count } = tracks;
  const frame: Frame = {
    swept: told.swept,
    now_ms: told.now_ms,
    count,
    names: tracks.id
      ? { id: tracks.id, label: tracks.label ?? [], owner: tracks.owner ?? [] }
      : null,
    lat: Float64Array.from(tracks.lat),
    lon: Float64Array.from(tracks.lon),
    radius_m: floats(tracks.radius_m, count),
    speed_mps: floats(tracks.speed_mps, count),
    course_deg: floats(tracks.course_deg, count),
    climb_mps: floats(tracks.climb_mps, count),
    height_m: floats(tracks.height_m, count),
    pressure_m: floats(tracks.pressure_m, count),
    age_s: floats(tracks.age_s, count),
    status: Uint8Array.from(tracks.status),
    flags: Uint8Array.from(tracks.flags),
    who: new Uint8Array(count),
    instances: new Float32Array(count * STRIDE),
    marks: new Float32Array(0),
    moving,
    rings: ringsOf(moving),
  };
  for (let n = 0; n < count; n += 1) {
    frame.who[n] = whoOf(told.ids[n] ?? "", told.owners[n] ?? "", told.party);
    instance(frame, n);
  }
  frame.marks = marksOf(frame);
  return frame;
}

function instance(frame: Frame, n: number): void {
  const out = frame.instances;
  const at = n * STRIDE;
  const lat = frame.lat[n] ?? 0;
  const lon = frame.lon[n] ?? 0;
  place(out, at, lat, lon);
  const metre = mercatorMetre(lat);
  const high = frame.height_m[n] ?? NaN;
  const pressure = frame.pressure_m[n] ?? NaN;
  out[at + 4] = metre * (high === high ? high : pressure === pressure ? pressure : 0);
  out[at + 5] = metre * (frame.radius_m[n] || 0);
  const speed = frame.speed_mps[n] ?? NaN;
  const course = ((frame.course_deg[n] ?? NaN) * Math.PI) / 180;
  const flies = speed > 1 && course === course;
  if (flies) {
    const north = (speed * 60 * Math.cos(course)) / M_A_DEGREE;
    const far = Math.max(0.01, Math.cos((lat * Math.PI) / 180));
    const east = (speed * 60 * Math.sin(course)) / M_A_DEGREE / far;
    out[at + 6] = mercatorX(lon + east) - mercatorX(lon);
    out[at + 7] = mercatorY(lat + north) - mercatorY(lat);
  }
  out[at + 8] = (frame.who[n] ?? UNKNOWN) * 3 + Math.min(frame.status[n] ?? 0, LOST);
  out[at + 9] = frame.age_s[n] || 0;
  out[at + 10] = frame.flags[n] ?? 0;
  out[at + 11] = course === course ? course : 0;
}

export function marksOf(frame: Frame, hidden: Uint8Array | null = null): Float32Array {
  const found: [number, number][] = [];
  for (let n = 0; n < frame.count; n += 1) {
    if (hidden?.[n]) continue;
    const flags = frame.flags[n] ?? 0;
    if (flags & GROUND) found.push([n, MARK_GROUND]);
    if (flags & DOUBTED) found.push([n, MARK_DOUBTED]);
    if (flags & ALARMED) found.push([n, flags & UNACKNOWLEDGED ? MARK_WAITS : MARK_ALARM]);
    if (flags & EMERGENCY) found.push([n, MARK_EMERGENCY]);
  }
  const made = new Float32Array(found.length * STRIDE);
  found.forEach(([n, sprite], row) => {
    made.set(frame.instances.subarray(n * STRIDE, (n + 1) * STRIDE), row * STRIDE);
    made[row * STRIDE + 8] = sprite;
  });
  return made;
}

/** Rings of what keeps others away and moves: place, floor, radius, ceiling, -, -, -, -, -, -. */
function ringsOf(moving: MovingColumns | null): Float32Array {
  if (!moving) return new Float32Array(0);
  const rows = moving.ref.flatMap((_, n) => (moving.lat[n] == null ? [] : [n]));
  const made = new Float32Array(rows.length * STRIDE);
  rows.forEach((n, row) => {
    const lat = moving.lat[n] ?? 0;
    const metre = mercatorMetre(lat);
    const at = row * STRIDE;
    place(made, at, lat, moving.lon[n] ?? 0);
    made[at + 4] = metre * (moving.floor_m[n] ?? 0);
    made[at + 5] = metre * (moving.radius_m[n] ?? 0);
    made[at + 6] = metre * (moving.ceiling_m[n] ?? moving.floor_m[n] ?? 0);
  });
  return made;
}

/** What can be handed to another thread without a copy. */
export const buffersOf = (frame: Frame): ArrayBuffer[] =>
  Object.values(frame).flatMap((value) =>
    ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [],
  );
