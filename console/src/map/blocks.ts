// Which tracks get a datablock and where it stands: what matters first, nothing over another. Pure.
import {
  ALARMED,
  COASTING,
  DOUBTED,
  EMERGENCY,
  LOST,
  OWN,
  STRIDE,
  UNACKNOWLEDGED,
  type Frame,
} from "./frames";
import type { Camera } from "./gl";
import { climbText, heightText, speedText, type Unit } from "./heights";

export const MOST_BLOCKS = 100;
/** No more are asked for a place: those behind them are far from the middle. */
const MOST_ASKED = 300;
export const LINE_PX = 14;
const OLD_S = 5;

/** Tracks on the screen: row of the frame, and where it is in CSS pixels. */
export interface OnScreen {
  count: number;
  rows: Int32Array;
  x: Float32Array;
  y: Float32Array;
}

export const noneOnScreen = (): OnScreen => ({
  count: 0,
  rows: new Int32Array(0),
  x: new Float32Array(0),
  y: new Float32Array(0),
});

/** Fills `out` with the tracks that are drawn within width x height. The camera's matrix once a
 * track, no object a track. */
export function project(
  frame: Frame,
  camera: Camera,
  size: { width: number; height: number },
  hidden: Uint8Array | null,
  out: OnScreen,
): OnScreen {
  if (out.rows.length < frame.count) {
    out.rows = new Int32Array(frame.count);
    out.x = new Float32Array(frame.count);
    out.y = new Float32Array(frame.count);
  }
  const m = Float64Array.from(camera.matrix);
  const all = frame.instances;
  const [mx, my] = [camera.middle[0] + camera.middle[2], camera.middle[1] + camera.middle[3]];
  const of = (row: number, x: number, y: number, z: number): number =>
    (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[8 + row] ?? 0) * z + (m[12 + row] ?? 0);
  out.count = 0;
  for (let n = 0; n < frame.count; n += 1) {
    if (hidden?.[n]) continue;
    const at = n * STRIDE;
    let dx = (all[at] ?? 0) + (all[at + 2] ?? 0) - mx;
    dx -= Math.floor(dx + 0.5);
    const dy = (all[at + 1] ?? 0) + (all[at + 3] ?? 0) - my;
    const z = (all[at + 4] ?? 0) * camera.lift;
    const w = of(3, dx, dy, z);
    if (w <= 0) continue;
    const x = (of(0, dx, dy, z) / w + 1) / camera.pixel[0];
    const y = (1 - of(1, dx, dy, z) / w) / camera.pixel[1];
    if (!(x >= 0 && y >= 0 && x <= size.width && y <= size.height)) continue;
    out.rows[out.count] = n;
    out.x[out.count] = x;
    out.y[out.count] = y;
    out.count += 1;
  }
  return out;
}

/** 0 selected, 1 emergency or unacknowledged alarm, 2 alarm, 3 ours, 4 the others. */
export function urgencyOf(frame: Frame, n: number, selectedRow: number): number {
  if (n === selectedRow) return 0;
  const flags = frame.flags[n] ?? 0;
  if (flags & (EMERGENCY | UNACKNOWLEDGED)) return 1;
  if (flags & ALARMED) return 2;
  return frame.who[n] === OWN ? 3 : 4;
}

/** Indices into `seen`, the most urgent first, among equals the nearest to the middle. */
export function inOrder(
  frame: Frame,
  seen: OnScreen,
  selectedRow: number,
  size: { width: number; height: number },
  most = MOST_ASKED,
): number[] {
  const weight = new Float64Array(seen.count);
  const order: number[] = [];
  for (let n = 0; n < seen.count; n += 1) {
    const away = Math.hypot((seen.x[n] ?? 0) - size.width / 2, (seen.y[n] ?? 0) - size.height / 2);
    weight[n] = urgencyOf(frame, seen.rows[n] ?? 0, selectedRow) * 1e5 + away;
    order.push(n);
  }
  const byWeight = (a: number, b: number): number => (weight[a] ?? 0) - (weight[b] ?? 0);
  if (order.length > 4 * most) {
    const limit = Float64Array.from(weight).sort()[most] ?? Infinity;
    return order.filter((n) => (weight[n] ?? 0) < limit).sort(byWeight);
  }
  return order.sort(byWeight).slice(0, most);
}

export interface Words {
  coasting: string;
  lost: string;
  doubted: string;
  emergency: string;
}

/** The lines of a datablock: who; height, climb and speed; what is wrong and how old. */
export function linesOf(
  frame: Frame,
  n: number,
  name: { label: string; owner: string; id: string },
  unit: Unit,
  words: Words,
): string[] {
  const who = name.label || name.id;
  const height = heightText(frame.height_m[n] ?? NaN, frame.pressure_m[n] ?? NaN, unit);
  const climb = climbText(frame.climb_mps[n] ?? NaN);
  const lines = [
    name.owner ? `${who} · ${name.owner}` : who,
    `${height}${climb} ${speedText(frame.speed_mps[n] ?? NaN, unit)}`,
  ];
  const state = stateOf(frame, n, words);
  if (state) lines.push(state);
  return lines;
}

export function stateOf(frame: Frame, n: number, words: Words): string {
  const flags = frame.flags[n] ?? 0;
  const status = frame.status[n] ?? 0;
  const age = frame.age_s[n] ?? NaN;
  return [
    flags & EMERGENCY && words.emergency,
    status === COASTING && words.coasting,
    status === LOST && words.lost,
    flags & DOUBTED && words.doubted,
    age > OLD_S && `${Math.round(age)} s`,
  ]
    .filter(Boolean)
    .join(" ");
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A grid of cells that boxes take; asking and taking cost as much as the box is large. */
export class Taken {
  private readonly cells: Uint8Array;
  private readonly columns: number;
  private readonly rows: number;
  static readonly CELL = 8;

  constructor(width: number, height: number) {
    this.columns = Math.ceil(width / Taken.CELL) + 1;
    this.rows = Math.ceil(height / Taken.CELL) + 1;
    this.cells = new Uint8Array(this.columns * this.rows);
  }

  private each(box: Box, ask: boolean): boolean {
    const c0 = Math.max(0, Math.floor(box.x / Taken.CELL));
    const c1 = Math.min(this.columns - 1, Math.floor((box.x + box.width) / Taken.CELL));
    const r0 = Math.max(0, Math.floor(box.y / Taken.CELL));
    const r1 = Math.min(this.rows - 1, Math.floor((box.y + box.height) / Taken.CELL));
    for (let row = r0; row <= r1; row += 1)
      for (let column = c0; column <= c1; column += 1) {
        const at = row * this.columns + column;
        if (!ask) this.cells[at] = 1;
        else if (this.cells[at]) return false;
      }
    return true;
  }

  free = (box: Box): boolean => this.each(box, true);
  take = (box: Box): boolean => this.each(box, false);
}

/** Corners about a symbol where a block may stand, nearest first: x and y away from it. */
export const CORNERS = [
  [18, -30],
  [18, 14],
  [-18, -30],
  [-18, 14],
  [44, -58],
  [44, 40],
  [-44, -58],
  [-44, 40],
] as const;

export function boxAt(x: number, y: number, corner: number, size: [number, number]): Box {
  const [dx, dy] = CORNERS[corner] ?? CORNERS[0];
  const [width, height] = size;
  return {
    x: dx > 0 ? x + dx : x + dx - width,
    y: dy > 0 ? y + dy : y + dy - height + LINE_PX,
    width,
    height,
  };
}

/** The first corner that is free, that of last time before all others; -1: none. */
export function cornerFor(
  x: number,
  y: number,
  size: [number, number],
  taken: Taken,
  within: { width: number; height: number },
  last = 0,
): number {
  for (let turn = -1; turn < CORNERS.length; turn += 1) {
    const corner = turn < 0 ? last : turn;
    const box = boxAt(x, y, corner, size);
    if (box.x < 0 || box.y < 0) continue;
    if (box.x + box.width > within.width || box.y + box.height > within.height) continue;
    if (taken.free(box)) return corner;
  }
  return -1;
}
