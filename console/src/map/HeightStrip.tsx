// The heights of what is in view, beside the map, and the band of heights that is shown.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { nowMs } from "../state/clock";
import { select, selected } from "../state/url";
import { currentFrame } from "./feed";
import type { Entry, TrackEntry, VolumeEntry } from "./insight";
import { levelIn, markHead, marksOf, markText, stepOf, TOP_M } from "./levels";
import { palette, type Palette } from "./palette";
import { entriesInView } from "./sight";
import { broken, filter, instant, rested, setBand, unit } from "./state";
import { barsOf, metresAt, MOST_DOTS, shareOf, stepped, type Bar } from "./strip";
import { swatch } from "./swatches";
import { visibleVolumes } from "./visible";
import { running } from "./running";

const EVERY_MS = 1000;
const SCALE_PX = 26;
const BAR_PX = 8;
const PAD_PX = 10;

const collapsed = signal(false);

export function HeightStrip() {
  if (broken.value) return null;
  const open = !collapsed.value;
  return (
    <section class={open ? "heightstrip" : "heightstrip narrow"} aria-label={t("map:height_title")}>
      <button
        type="button"
        class="fold"
        aria-expanded={open}
        aria-label={t("map:height_title")}
        title={t("map:height_title")}
        onClick={() => (collapsed.value = open)}
      >
        <span aria-hidden="true">{open ? "⇥" : "⇤"}</span>
      </button>
      {open && <Strip />}
    </section>
  );
}

function Strip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current ? follow(canvas.current) : undefined), []);
  const band = filter.value;
  const floor = Math.max(0, band.floor_m);
  const ceiling = Math.min(TOP_M, band.ceiling_m);
  return (
    <>
      <p class="head" dir="ltr">
        {markHead(unit.value)}
      </p>
      <div class="scale">
        <canvas ref={canvas} aria-hidden="true" />
        <Handle
          name={t("map:height_ceiling")}
          at={ceiling}
          least={floor}
          most={TOP_M}
          put={(metres) => setBand(floor, metres)}
        />
        <Handle
          name={t("map:height_floor")}
          at={floor}
          least={0}
          most={ceiling}
          put={(metres) => setBand(metres, ceiling)}
        />
      </div>
    </>
  );
}

interface HandleProps {
  name: string;
  at: number;
  least: number;
  most: number;
  put: (metres: number) => void;
}

function Handle({ name, at, least, most, put }: HandleProps) {
  const step = stepOf(unit.value);
  const go = (metres: number) => {
    const next = Math.max(least, Math.min(most, stepped(metres, step)));
    if (next !== at) put(next);
  };
  const moves: Record<string, number> = {
    ArrowUp: at + step,
    ArrowRight: at + step,
    ArrowDown: at - step,
    ArrowLeft: at - step,
    PageUp: at + 5 * step,
    PageDown: at - 5 * step,
    Home: least,
    End: most,
  };
  const drag = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) go(metresAt((event.clientY - box.top - PAD_PX) / (box.height - 2 * PAD_PX)));
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      class="handle"
      aria-label={name}
      aria-orientation="vertical"
      aria-valuemin={Math.round(least)}
      aria-valuemax={Math.round(most)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={levelIn(at, unit.value)}
      title={`${name}: ${levelIn(at, unit.value)}`}
      style={{ insetBlockStart: `calc(${PAD_PX}px + (100% - ${2 * PAD_PX}px) * ${shareOf(at)})` }}
      onKeyDown={(event) => {
        const next = moves[event.key];
        if (next === undefined || event.altKey || event.ctrlKey) return;
        event.preventDefault();
        go(next);
      }}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
    />
  );
}

interface Dot {
  ref: string;
  x: number;
  y: number;
}

/** Draws once a second and when what is shown changed; a click selects. */
function follow(canvas: HTMLCanvasElement): () => void {
  const pen = canvas.getContext("2d");
  if (!pen) return () => undefined;
  let bars: Bar[] = [];
  let dots: Dot[] = [];
  const draw = () => {
    if (document.hidden || !canvas.clientHeight) return;
    const colours = running.peek()?.colours ?? palette();
    const entries = entriesInView(MOST_DOTS);
    bars = barsOf(
      entries
        .filter((one): one is VolumeEntry => one.kind === "volume")
        .sort((a, b) => a.urgency - b.urgency || a.away - b.away),
    );
    dots = paint(canvas, pen, colours, bars, entries);
  };
  let queued = false;
  const stop = effect(() => {
    void [visibleVolumes.value, selected.value, unit.value, filter.value, rested.value];
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      draw();
    });
  });
  const timer = setInterval(draw, EVERY_MS);
  const click = (event: MouseEvent) => {
    const found = hit(canvas, event.offsetX, event.offsetY, bars, dots);
    if (found) select(found);
  };
  canvas.addEventListener("click", click);
  return () => {
    stop();
    clearInterval(timer);
    canvas.removeEventListener("click", click);
  };
}

const yOf = (metres: number, height: number): number =>
  PAD_PX + (height - 2 * PAD_PX) * shareOf(metres);

function paint(
  canvas: HTMLCanvasElement,
  pen: CanvasRenderingContext2D,
  colours: Palette,
  bars: readonly Bar[],
  entries: readonly Entry[],
): Dot[] {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  scale(pen, colours, width, height);
  const at_ms = instant.peek() ?? nowMs();
  for (const bar of bars) {
    const one = bar.entry.all[bar.n];
    if (!one) continue;
    const [top, bottom] = [yOf(bar.ceiling_m, height), yOf(bar.floor_m, height)];
    const box = {
      x: SCALE_PX + bar.column * BAR_PX,
      y: top,
      width: BAR_PX - 1,
      height: Math.max(3, bottom - top),
    };
    const chosen = bar.ref === selected.peek();
    swatch(pen, one, colours, box, { planned: one.from_ms > at_ms, chosen, scale: 0.6 });
  }
  const tracks = entries.filter((one): one is TrackEntry => one.kind === "track");
  const dots = tracks.flatMap((one) => dot(pen, colours, one, width, height));
  outside(pen, colours, width, height);
  return dots;
}

function scale(
  pen: CanvasRenderingContext2D,
  colours: Palette,
  width: number,
  height: number,
): void {
  pen.clearRect(0, 0, width, height);
  pen.font = '10px "IBM Plex Mono", monospace';
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  pen.lineWidth = 1;
  for (const metres of marksOf(unit.peek())) {
    const y = Math.round(yOf(metres, height)) + 0.5;
    pen.strokeStyle = colours.line;
    pen.beginPath();
    pen.moveTo(SCALE_PX - 3, y);
    pen.lineTo(width, y);
    pen.stroke();
    pen.fillStyle = colours.dim;
    pen.fillText(markText(metres, unit.peek()), SCALE_PX - 5, y);
  }
}

/** A track at its height: filled ours, ringed the others, with what stands around it in alarm. */
function dot(
  pen: CanvasRenderingContext2D,
  colours: Palette,
  one: TrackEntry,
  width: number,
  height: number,
): Dot[] {
  const frame = currentFrame()?.frame;
  const high = frame?.height_m[one.row] ?? NaN;
  const metres = high === high ? high : (frame?.pressure_m[one.row] ?? NaN);
  if (metres !== metres) return [];
  const x = width - 7 - (one.row % 2) * 6;
  const y = yOf(metres, height);
  const ink = [colours.focus, colours.critical, colours.high, colours.own][one.urgency];
  pen.strokeStyle = pen.fillStyle = ink ?? colours.observed;
  pen.beginPath();
  pen.arc(x, y, 2.6, 0, 7);
  pen.lineWidth = 1.2;
  if (one.urgency === 4) pen.stroke();
  else pen.fill();
  if (one.urgency < 3) pen.strokeRect(x - 5, y - 5, 10, 10);
  return [{ ref: one.ref, x, y }];
}

/** What the band leaves out is dim. */
function outside(
  pen: CanvasRenderingContext2D,
  colours: Palette,
  width: number,
  height: number,
): void {
  const { floor_m, ceiling_m } = filter.peek();
  pen.globalAlpha = 0.7;
  pen.fillStyle = colours.panel;
  const top = yOf(ceiling_m, height);
  const bottom = yOf(floor_m, height);
  if (ceiling_m < TOP_M) pen.fillRect(SCALE_PX, 0, width, top);
  if (floor_m > 0) pen.fillRect(SCALE_PX, bottom, width, height - bottom);
  pen.globalAlpha = 1;
}

const REACH_PX = 7;

function hit(
  canvas: HTMLCanvasElement,
  x: number,
  y: number,
  bars: readonly Bar[],
  dots: readonly Dot[],
): string {
  const near = dots
    .map((one) => ({ ref: one.ref, away: Math.hypot(one.x - x, one.y - y) }))
    .filter((one) => one.away <= REACH_PX)
    .sort((a, b) => a.away - b.away)[0];
  if (near) return near.ref;
  const height = canvas.clientHeight;
  const column = Math.floor((x - SCALE_PX) / BAR_PX);
  const found = [...bars]
    .reverse()
    .find(
      (bar) =>
        bar.column === column &&
        y >= yOf(bar.ceiling_m, height) - 2 &&
        y <= yOf(bar.floor_m, height) + 2,
    );
  return found?.ref ?? "";
}
