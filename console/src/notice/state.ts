// The notice that is being written: in this screen's memory alone, it goes when the screen is closed.
import { computed, effect, signal, untracked } from "@preact/signals";
import type { Feature, Geometry } from "geojson";
import { get } from "../api/client";
import type { Item, Waiting } from "../api/types";
import { drawing, type Drawing, type Shape } from "../map/contract";
import { agreement, health } from "../state/live";
import { nowMs } from "../state/clock";
import { session } from "../state/session";
import {
  collectionOf,
  EMPTY,
  fillFrom,
  readWords,
  type Collection,
  type Piece,
  type Words,
} from "./words";
import { earliest, short } from "./when";

/** A class of the agreement, as far as this screen needs it. */
export interface ActivityClass {
  id: string;
  title: string;
  lead_s: number;
  needs_read_back: boolean;
  needs_all_clear: boolean;
}

export const classes = computed(
  () => (agreement.value?.classes ?? []) as unknown as readonly ActivityClass[],
);
export const others = computed(() =>
  (agreement.value?.parties ?? [])
    .map((one) => one.id)
    .filter((id) => id !== session.value?.party)
    .sort(),
);
export const places = computed(
  () => (agreement.value?.["named_areas"] ?? []) as { id: string; name: string }[],
);
/** Of each party; the first is the clock beside Zulu. */
export const zones = computed<Readonly<Record<string, string>>>(() => health.value?.zones ?? {});

export const words = signal<Words>(EMPTY);
/** What is being drawn at this moment, before it is finished. */
export const sketch = signal<Piece | null>(null);
/** The window is set by hand: a class does not move it any more. */
const timed = signal(false);
/** Whether anything was put in since it was begun. */
export const touched = signal(false);
/** Which draft of ours these words replace; "": a new one. */
export const replacing = signal<{ id: string; revision: number } | null>(null);
/** Of an amendment: the words that are in force. */
export const before = signal<{ item: Item; draft: Collection } | null>(null);
let author = "";

export function change(part: Partial<Words>): void {
  words.value = { ...words.peek(), ...part };
  touched.value = true;
  if (part.start !== undefined || part.end !== undefined) timed.value = true;
}

/** Words as they are, and what is drawn just now. */
export const whole = computed<Words>(() =>
  sketch.value ? { ...words.value, pieces: [...words.value.pieces, sketch.value] } : words.value,
);

const MINUTE_MS = 60_000;
/** Counts up with the minutes: what is typed as "next" hour may mean another day then. */
const minute = signal(0);
setInterval(() => (minute.value += 1), MINUTE_MS);

export const read = computed(() => {
  void minute.value;
  return readWords(whole.value, { now_ms: nowMs(), zones: zones.value });
});

/** Without a class the one that asks for the most time stands in, so that the check can begin. */
export const checkedAs = computed(() => {
  const chosen = words.value.activity_class;
  if (chosen) return chosen;
  return [...classes.value].sort((a, b) => b.lead_s - a.lead_s)[0]?.id ?? "";
});

export const collection = computed(() => collectionOf(whole.value, read.value, checkedAs.value));
export const ready = computed(() => read.value.lacking.length === 0 && sketch.value === null);

/** Begins a new one with what is usual; nothing is kept of the old. */
export function begin(kept: Partial<Words> = {}): void {
  author = session.peek()?.person ?? "";
  timed.value = false;
  replacing.value = null;
  before.value = null;
  sketch.value = null;
  words.value = { ...EMPTY, ...kept };
  window_(30);
  timed.value = false;
  touched.value = false;
}

/** Whom it goes to. */
export const addressees = computed(() => words.value.to ?? others.value);

/** Another person's words are not shown to whoever logs in after him. */
export function claim(): void {
  if (author !== (session.peek()?.person ?? "")) begin();
}

/** The window follows the class until somebody sets it; returns what ends that. */
export const followClass = (): (() => void) =>
  effect(() => {
    const lead_s = classes.value.find((one) => one.id === checkedAs.value)?.lead_s;
    untracked(() => {
      if (lead_s === undefined || timed.peek() || words.peek().own_times) return;
      const was = touched.peek();
      window_(lasts.peek() ?? 30);
      timed.value = false;
      touched.value = was;
    });
  });

/** From the earliest instant that the class allows, so many minutes. */
export function window_(minutes: number, from: "lead" | "start" = "lead"): void {
  const { start } = read.peek();
  const lead_s = classes.peek().find((one) => one.id === checkedAs.peek())?.lead_s ?? 0;
  const start_ms = from === "lead" || start.wrong ? earliest(nowMs(), lead_s) : start.ms;
  change({
    start: short(start_ms),
    end: short(start_ms + minutes * MINUTE_MS),
    own_times: false,
  });
}

/** Minutes between start and end; null where they are not known. */
export const lasts = computed(() => {
  const { start, end } = read.value;
  if (start.ms === undefined || end.ms === undefined) return null;
  return Math.round((end.ms - start.ms) / MINUTE_MS);
});

export function choose(activity_class: string): void {
  change({ activity_class });
}

/** Puts what was typed or pasted into the form, in place of the areas that stood there. */
export function fill(draft: Collection): void {
  stopDrawing();
  const filled = fillFrom(words.peek(), draft);
  const set = filled.start !== words.peek().start || filled.end !== words.peek().end;
  words.value = filled;
  touched.value = true;
  if (set) timed.value = true;
}

function pieceOf(shape: Shape): Piece {
  const radius = shape.properties?.radius_m;
  return {
    geometry: shape.geometry,
    size: radius === undefined ? "" : String(Math.ceil(radius)),
    use: "activity",
    own: {},
  };
}

const START_SIZE: Partial<Record<Drawing["mode"], string>> = { point: "2000", line: "2000" };

/** Lets the map be drawn upon; `done` once it is finished or given up. */
export function draw(mode: Drawing["mode"], done: () => void): void {
  const drawn = (shape: Shape): Piece => {
    const piece = pieceOf(shape);
    return { ...piece, size: piece.size || (START_SIZE[mode] ?? "") };
  };
  drawing.value = {
    mode,
    changed: (shape) => {
      sketch.value = whole_(shape) ? drawn(shape) : null;
    },
    done: (shape) => {
      drawing.value = null;
      sketch.value = null;
      if (shape) change({ pieces: [...words.peek().pieces, drawn(shape)], place: "" });
      done();
    },
  };
}

/** Enough corners to be an area. */
function whole_(shape: Shape): boolean {
  const { geometry } = shape;
  if (geometry.type === "Polygon") {
    const ring = geometry.coordinates[0] ?? [];
    return new Set(ring.map((one) => one.join())).size >= 3;
  }
  return geometry.type === "Point" || geometry.coordinates.length >= 2;
}

export function stopDrawing(): void {
  if (drawing.peek() === null) return;
  drawing.value = null;
  sketch.value = null;
}

/** The words in force, as a draft. */
function saidIn(item: Item): Collection {
  const { content } = item;
  if (content.kind !== "notice") return { type: "FeatureCollection", features: [] };
  return {
    type: "FeatureCollection",
    features: content.volumes.map((one) => ({
      type: "Feature",
      geometry: (one.area as unknown as Feature<Geometry | null>).geometry,
      properties: {
        ...((one.area["properties"] ?? {}) as Record<string, unknown>),
        class: content.activity_class,
        use: one.use,
        floor_m: one.floor_m,
        ceiling_m: one.ceiling_m,
        start: one.start,
        end: one.end,
        place: content.place,
        text: content.text,
      },
    })),
  };
}

/** The notice that is to be amended, put into the form unless new words for it stand there. */
export async function amend(item: string, signal: AbortSignal): Promise<void> {
  if (before.peek()?.item.item === item) return;
  const path = `/v1/items/${encodeURIComponent(`notice:${item}`)}`;
  const found = await get<Item>(path, {}, signal);
  const said = saidIn(found);
  if (words.peek().item !== item) {
    begin({ item, to: found.to, exercise: found.exercise });
    words.value = fillFrom({ ...words.peek(), text: "" }, said);
    timed.value = true;
  }
  before.value = { item: found, draft: said };
}

/** A draft of ours that waits, or came back, put into the form again. */
export function reopen(draft: Waiting): void {
  if (!draft.draft) return;
  begin({ item: draft.item, to: draft.to, exercise: draft.exercise });
  words.value = fillFrom(words.peek(), draft.draft as unknown as Collection);
  timed.value = true;
  touched.value = true;
  if (draft.state === "waiting") replacing.value = { id: draft.id, revision: draft.revision };
}
