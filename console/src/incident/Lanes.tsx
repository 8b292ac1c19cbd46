// The timeline: a lane for each claimant, one for our log, one for each track; a line that moves.
import { useComputed, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../i18n";
import { select, selected } from "../state/url";
import { Button } from "../ui/parts";
import { zulu, zuluTime } from "../ui/time";
import { lanes, seen, ticks, zoomed, type Lane, type Piece } from "./placing";
import type { Timeline } from "./model";
import { asKnown, cursor, moveTo, replaying, turn } from "./replay";
import { nameOf } from "./words";

const ROW = 10;
const HEAD = 15;
const SCALE = 16;
type Span = [number, number];
type Across = (ms: number) => number;

export function Lanes({ found }: { found: Timeline }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(500);
  const shown = useSignal<Span>([found.from_ms, found.until_ms]);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) width.value = Math.max(200, Math.floor(entry.contentRect.width));
    });
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => void (shown.value = [found.from_ms, found.until_ms]), [found.incident]);
  const [from, until] = shown.value;
  const wide = width.value;
  const perPx = (until - from) / wide;
  const made = useMemo(() => lanes(found, perPx, (id) => nameOf(found, id)), [found, perPx]);
  const tall = SCALE + made.reduce((sum, lane) => sum + heightOf(lane), 0);
  const at = useComputed(
    () => (cursor.value - shown.value[0]) / ((shown.value[1] - shown.value[0]) / width.value),
  );
  const zoom = (factor: number) =>
    (shown.value = zoomed([found.from_ms, found.until_ms], shown.peek(), cursor.peek(), factor));
  return (
    <div class="lanes" dir="ltr">
      <Zoom zoom={zoom} whole={() => (shown.value = [found.from_ms, found.until_ms])} />
      <div ref={box} class="lanes-box">
        <svg
          width={wide}
          height={tall}
          role="group"
          aria-label={t("incident:timeline")}
          {...scrubbing((px) => from + px * perPx)}
        >
          <Fixed made={made} from={from} until={until} wide={wide} tall={tall} />
          <Cursor at={at} wide={wide} tall={tall} />
        </svg>
        <Slider found={found} at={at} shown={shown} />
      </div>
    </div>
  );
}

function Zoom({ zoom, whole }: { zoom: (factor: number) => void; whole: () => void }) {
  return (
    <div class="row zoom">
      <Button tone="quiet" aria-label={t("incident:nearer")} onClick={() => zoom(0.5)}>
        ⊕
      </Button>
      <Button tone="quiet" aria-label={t("incident:farther")} onClick={() => zoom(2)}>
        ⊖
      </Button>
      <Button tone="quiet" onClick={whole}>
        {t("incident:whole")}
      </Button>
    </div>
  );
}

/** The line is dragged anywhere but on a sign, which is selected instead. */
function scrubbing(msAt: (px: number) => number) {
  const to = (event: PointerEvent, held: boolean) => {
    const svg = event.currentTarget as SVGSVGElement;
    moveTo(msAt(event.clientX - svg.getBoundingClientRect().left), held);
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      const ref = (event.target as Element).closest("[data-ref]")?.getAttribute("data-ref");
      if (ref) return select(ref);
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      to(event, true);
    },
    onPointerMove: (event: PointerEvent) => {
      if ((event.currentTarget as Element).hasPointerCapture(event.pointerId)) to(event, true);
    },
    onPointerUp: (event: PointerEvent) => {
      if ((event.currentTarget as Element).hasPointerCapture(event.pointerId)) to(event, false);
    },
  };
}

const heightOf = (lane: Lane): number => HEAD + (lane.kind === "track" ? 0 : lane.rows * ROW + 4);

interface FixedProps {
  made: readonly Lane[];
  from: number;
  until: number;
  wide: number;
  tall: number;
}

/** All that does not move with the cursor. */
function Fixed({ made, from, until, wide, tall }: FixedProps) {
  const x: Across = (ms) => ((ms - from) / (until - from)) * wide;
  let y = SCALE;
  const long = until - from > 86_400_000;
  return (
    <>
      {ticks(from, until, wide).map((ms) => (
        <g key={ms} class="tick">
          <line x1={x(ms)} x2={x(ms)} y1={SCALE - 3} y2={tall} />
          <text x={x(ms) + 2} y={11}>
            {long ? zulu(ms) : until - from < 600_000 ? zulu(ms, true).slice(15) : zuluTime(ms)}
          </text>
        </g>
      ))}
      {made.map((lane) => {
        const top = y;
        y += heightOf(lane);
        return <LaneView key={lane.id} {...{ lane, top, x, wide }} />;
      })}
    </>
  );
}

function LaneView(props: { lane: Lane; top: number; x: Across; wide: number }) {
  const { lane, top, x, wide } = props;
  const label = lane.kind === "facts" ? t("incident:log_of", { party: lane.label }) : lane.label;
  return (
    <g class={`lane ${lane.kind}`}>
      <line class="edge" x1={0} x2={wide} y1={top} y2={top} />
      <text class="name" x={3} y={top + 12}>
        {label}
      </text>
      {lane.track &&
        seen(lane.track).map(([from, until]) => (
          <rect
            key={from}
            class="seen"
            data-ref={`track:${lane.track?.track}`}
            x={x(from)}
            width={Math.max(2, x(until) - x(from))}
            y={top + HEAD - 4}
            height={3}
          />
        ))}
      {lane.pieces.map((one) => (
        <PieceView key={one.key} {...{ one, x, top: top + HEAD + one.row * ROW }} />
      ))}
    </g>
  );
}

function PieceView({ one, x, top }: { one: Piece; x: Across; top: number }) {
  const later = asKnown.value && (void turn.value, one.known_ms > cursor.peek());
  const chosen = one.ref === selected.value;
  const [left, right] = [x(one.from_ms), x(one.until_ms)];
  return (
    <g
      class={`piece ${one.sign}${chosen ? " chosen" : ""}${later ? " later" : ""}`}
      data-ref={one.ref}
    >
      <title>{`${zulu(one.from_ms, true)} ${one.words}${one.count > 1 ? ` (+${one.count - 1})` : ""}`}</title>
      {right - left > 6 ? (
        <rect x={left} width={right - left} y={top + 1} height={ROW - 3} rx={2} />
      ) : (
        <path d={SHAPES[one.sign](left, top + ROW / 2)} />
      )}
    </g>
  );
}

const R = 4;
const SHAPES: Record<Piece["sign"], (x: number, y: number) => string> = {
  said: (x, y) => `M${x - R} ${y}a${R} ${R} 0 1 0 ${2 * R} 0a${R} ${R} 0 1 0 ${-2 * R} 0z`,
  answered: (x, y) => `M${x} ${y - R}L${x + R} ${y + R}L${x - R} ${y + R}z`,
  talked: (x, y) => `M${x - R} ${y - R}h${2 * R}v${2 * R}h${-2 * R}z`,
  found: (x, y) => `M${x} ${y - R}L${x + R} ${y}L${x} ${y + R}L${x - R} ${y}z`,
  link: (x, y) => `M${x - R} ${y - R}L${x + R} ${y + R}M${x + R} ${y - R}L${x - R} ${y + R}`,
  other: (x, y) => `M${x - R} ${y}h${2 * R}M${x} ${y - R}v${2 * R}`,
};

/** The line and what lies behind it, not yet known: they alone move. */
function Cursor({ at, wide, tall }: { at: ReadonlySignal<number>; wide: number; tall: number }) {
  const line = useComputed(() => `translate(${Math.round(at.value)} 0)`);
  const rest = useComputed(() => Math.max(0, wide - Math.max(0, at.value)));
  return (
    <g class={replaying.value ? "now" : "now idle"} transform={line}>
      {replaying.value && <rect class="veil" x={0} y={SCALE} width={rest} height={tall - SCALE} />}
      <line x1={0} x2={0} y1={2} y2={tall} />
      <path d="M-5 0h10l-5 7z" />
    </g>
  );
}

/** The same for the keyboard and for readers. */
function Slider(props: { found: Timeline; at: ReadonlySignal<number>; shown: Signal<Span> }) {
  const { found, shown } = props;
  void turn.value;
  const ms = cursor.peek();
  const by = (share: number) => moveTo(cursor.peek() + (shown.peek()[1] - shown.peek()[0]) * share);
  const keys: Record<string, number> = {
    ArrowRight: 0.01,
    ArrowUp: 0.01,
    ArrowLeft: -0.01,
    ArrowDown: -0.01,
    PageUp: 0.1,
    PageDown: -0.1,
  };
  return (
    <div
      class="lanes-slider"
      role="slider"
      tabIndex={0}
      aria-label={t("incident:cursor")}
      aria-valuemin={found.from_ms}
      aria-valuemax={found.until_ms}
      aria-valuenow={Math.round(ms)}
      aria-valuetext={zulu(ms, true)}
      onKeyDown={(event) => {
        const share = keys[event.key];
        if (share === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        by(share);
      }}
    />
  );
}
