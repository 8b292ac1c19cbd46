// Labels of tracks with leader lines: one canvas over the map, drawn when the map was drawn.
import { effect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect } from "preact/hooks";
import { selected } from "../state/url";
import {
  boxAt,
  cornerFor,
  inOrder,
  LINE_PX,
  linesOf,
  MOST_BLOCKS,
  noneOnScreen,
  project,
  Taken,
  urgencyOf,
  type Box,
  type OnScreen,
  type Words,
} from "./blocks";
import { currentFrame } from "./feed";
import { directionOf, plainLine } from "./labels";
import type { Palette } from "./palette";
import type { Running } from "./run";
import { NearTable } from "./NearTable";
import { running } from "./running";
import { pointedAt, stateWords } from "./sight";
import { broken, drawnFrames, unit } from "./state";
import { hiddenTracks } from "./visible";

const FONT = '12px "IBM Plex Mono", "IBM Plex Sans Hebrew", "IBM Plex Sans Arabic", monospace';
const MANY_WIDTHS = 4000;

export function Datablocks() {
  const now = running.value;
  useEffect(() => (now ? start(now) : undefined), [now]);
  return broken.value === "lost" ? <NearTable /> : null;
}

function start({ chart, colours }: Running): (() => void) | undefined {
  if (!chart) return undefined;
  const { map } = chart;
  const canvas = document.createElement("canvas");
  canvas.className = "datablocks";
  canvas.setAttribute("aria-hidden", "true");
  map.getContainer().append(canvas);
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  const block = new Blocks(map, canvas, pen, colours);
  const draw = () => block.draw(chart.tracks.camera);
  map.on("render", draw);
  const stop = effect(() => {
    void [selected.value, unit.value, hiddenTracks.value, pointedAt.value, drawnFrames.value];
    block.words = stateWords();
    draw();
  });
  return () => {
    stop();
    map.off("render", draw);
    canvas.remove();
  };
}

type Camera = Parameters<typeof project>[1];

class Blocks {
  words: Words = { coasting: "", lost: "", doubted: "", emergency: "" };
  private readonly seen = noneOnScreen();
  private corners = new Map<string, number>();
  private widths = new Map<string, number>();

  constructor(
    private readonly map: MapLibre,
    private readonly canvas: HTMLCanvasElement,
    private readonly pen: CanvasRenderingContext2D,
    private readonly colours: Palette,
  ) {}

  draw(camera: Camera | null): void {
    const { canvas, pen } = this;
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    this.edge();
    const now = currentFrame();
    if (!now || !camera || size.width === 0) return;
    const { frame, id, label, owner } = now;
    const seen = project(frame, camera, size, hiddenTracks.peek()?.rows ?? null, this.seen);
    const ref = selected.peek();
    const chosen = ref.startsWith("track:") ? id.indexOf(ref.slice(6)) : -1;
    const order = inOrder(frame, seen, chosen, size);
    const taken = new Taken(size.width, size.height);
    for (const at of order) taken.take(around(seen.x[at] ?? 0, seen.y[at] ?? 0));
    pen.font = FONT;
    pen.textBaseline = "middle";
    const corners = new Map<string, number>();
    for (const at of order) {
      if (corners.size >= MOST_BLOCKS) break;
      const row = seen.rows[at] ?? 0;
      const name = { id: id[row] ?? "", label: label[row] ?? "", owner: owner[row] ?? "" };
      const lines = linesOf(frame, row, name, unit.peek(), this.words).map(plainLine);
      const box: [number, number] = [this.widest(lines) + 8, lines.length * LINE_PX + 4];
      const [x, y] = [seen.x[at] ?? 0, seen.y[at] ?? 0];
      const corner = cornerFor(x, y, box, taken, size, this.corners.get(name.id));
      if (corner < 0) continue;
      corners.set(name.id, corner);
      const place = boxAt(x, y, corner, box);
      taken.take(place);
      this.block(place, x, y, lines, urgencyOf(frame, row, chosen), frame.who[row] ?? 2);
    }
    this.corners = corners;
    canvas.dataset["blocks"] = String(corners.size);
    if (pointedAt.peek()?.kind === "track") this.ring(seen, id);
  }

  /** What the list points at has a bright edge. */
  private edge(): void {
    const one = pointedAt.peek();
    if (one?.kind !== "volume") return;
    const { pen } = this;
    pen.beginPath();
    for (const { outline } of one.all) {
      const parts = outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates;
      for (const ring of parts.flat())
        ring.forEach(([lon = 0, lat = 0], n) => {
          const { x, y } = this.map.project([lon, lat]);
          if (n === 0) pen.moveTo(x, y);
          else pen.lineTo(x, y);
        });
    }
    pen.strokeStyle = this.colours.focus;
    pen.lineWidth = 3;
    pen.stroke();
  }

  private ring(seen: OnScreen, id: readonly string[]): void {
    const ref = pointedAt.peek()?.ref.slice(6) ?? "";
    const row = id.indexOf(ref);
    const at = seen.rows.subarray(0, seen.count).indexOf(row);
    if (row < 0 || at < 0) return;
    const { pen } = this;
    pen.beginPath();
    pen.arc(seen.x[at] ?? 0, seen.y[at] ?? 0, 26, 0, 7);
    pen.strokeStyle = this.colours.focus;
    pen.lineWidth = 3;
    pen.stroke();
  }

  private widest(lines: readonly string[]): number {
    let most = 0;
    for (const line of lines) {
      let width = this.widths.get(line);
      if (width === undefined) {
        if (this.widths.size > MANY_WIDTHS) this.widths.clear();
        this.widths.set(line, (width = this.pen.measureText(line).width));
      }
      most = Math.max(most, width);
    }
    return most;
  }

  private block(
    box: Box,
    x: number,
    y: number,
    lines: readonly string[],
    urgency: number,
    who: number,
  ): void {
    const { pen, colours } = this;
    const who_ = [colours.own, colours.declared, colours.observed, colours.observed][who];
    const ink =
      [colours.focus, colours.critical, colours.high][urgency] ?? who_ ?? colours.observed;
    const near = box.x > x ? box.x : box.x + box.width;
    const middle = box.y + box.height / 2;
    const far = Math.hypot(near - x, middle - y) || 1;
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x + ((near - x) / far) * 12, y + ((middle - y) / far) * 12);
    pen.lineTo(near, middle);
    pen.moveTo(near, box.y);
    pen.lineTo(near, box.y + box.height);
    pen.stroke();
    pen.globalAlpha = 0.92;
    pen.fillStyle = colours.ground;
    pen.fillRect(box.x, box.y, box.width, box.height);
    pen.globalAlpha = 1;
    lines.forEach((line, n) => {
      const direction = directionOf(line);
      pen.direction = direction;
      pen.textAlign = direction === "rtl" ? "right" : "left";
      pen.fillStyle = n === 1 ? colours.text : ink;
      const edge = direction === "rtl" ? box.x + box.width - 4 : box.x + 4;
      pen.fillText(line, edge, box.y + 2 + (n + 0.5) * LINE_PX);
    });
  }
}

const SYMBOL_PX = 10;

/** What a block must not stand on: the symbol itself. */
const around = (x: number, y: number): Box => ({
  x: x - SYMBOL_PX,
  y: y - SYMBOL_PX,
  width: 2 * SYMBOL_PX,
  height: 2 * SYMBOL_PX,
});
