// What the node knows, kept true by its journal: read once, then only what changed is asked for.
// No gap and no double: events are taken by their number, and the journal resumes behind the last.
import { batch, computed, signal } from "@preact/signals";
import { get, post, Problem } from "../api/client";
import type {
  Finding,
  FindingsPage,
  Health,
  Item,
  ItemsPage,
  JournalEvent,
  Link,
  Watch,
} from "../api/types";
import type { PictureVolume } from "../map/picture";
import { heard, nowMs } from "./clock";
import { session } from "./session";
import { follow } from "./stream";

export type Connection = "starting" | "live" | "resuming" | "lost";

/** How this screen is connected to its own node, and since when. */
export const connection = signal<{ state: Connection; since_ms: number }>({
  state: "starting",
  since_ms: nowMs(),
});
export const items = signal<ReadonlyMap<string, Item>>(new Map());
export const findings = signal<readonly Finding[]>([]);
export const links = signal<readonly Link[]>([]);
export const health = signal<Health | null>(null);
export const watch = signal<Watch | null>(null);
export const agreement = signal<Agreement | null>(null);
/** The newest last; bounded. */
export const journal = signal<readonly JournalEvent[]>([]);

/** The agreement in force, as far as screens need it (GET /v1/agreement/file). */
export interface Agreement {
  id: string;
  title: string;
  parties: { id: string; name: string; roles: string[]; observer?: boolean }[];
  classes: { id: string; name: string; lead_time_s?: number; [more: string]: unknown }[];
  [more: string]: unknown;
}

export const alarms = computed(() => watch.value?.alarms ?? []);
export const anyExercise = computed(() =>
  [...items.value.values()].some((one) => one.exercise && !one.closed),
);

const JOURNAL = 500;
const GATHER_MS = 200;
/** In a storm of events it is asked once in so long. */
const REST_MS = 1000;
const MOST_READ = 500;
const PATIENCE_MS = 5_000;
/** For what may be much: a request that hangs is given up, and what waits for it goes on. */
const LONG_MS = 15_000;
const LOST_MS = 10_000;
/** After these the whole picture is another one. */
const ANEW = new Set(["agreement", "clock-back"]);
type Listener = (event: JournalEvent) => void;
const listeners = new Set<Listener>();

/** Called for each event behind the moment of this call, once, in the order of their numbers. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Items with their volumes, whatever the time (POST /v1/items/read). */
export interface ItemsRead {
  items: Item[];
  volumes: PictureVolume[];
  missing: string[];
}
type Reader = (refs: readonly string[], read: ItemsRead) => void;
const readers = new Set<Reader>();

/** Called with each item that changed, and its volumes. */
export function onRead(reader: Reader): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** An outage has one beginning, whatever it is called. */
function turn(state: Connection): void {
  const before = connection.peek();
  if (before.state === state) return;
  const goesOn = before.state === "resuming" && state === "lost";
  connection.value = { state, since_ms: goesOn ? before.since_ms : nowMs() };
}

function broken(): void {
  const { state, since_ms } = connection.peek();
  if (state === "lost") return;
  turn(state === "resuming" && nowMs() - since_ms > LOST_MS ? "lost" : "resuming");
}

const patient = (): AbortSignal => AbortSignal.timeout(LONG_MS);

async function everyItem(): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for (let after: string | null = ""; after !== null;) {
    const page: ItemsPage = await get(
      "/v1/items",
      { after, limit: 200, outlines: true },
      patient(),
    );
    for (const one of page.items) if (!one.closed) found.set(one.ref, one);
    after = page.next;
  }
  return found;
}

async function everyFinding(): Promise<Finding[]> {
  const page: FindingsPage = await get("/v1/findings", { limit: 500 }, patient());
  return page.findings;
}

/** Reads all of it; returns the number of the event behind which the journal goes on. */
async function readAll(): Promise<number> {
  const state: Health = await get("/v1/health", undefined, patient());
  heard(state.now_ms);
  const [found, open, text] = await Promise.all([
    everyFinding(),
    everyItem(),
    get<Agreement>("/v1/agreement/file", undefined, patient()),
  ]);
  generation += 1;
  batch(() => {
    health.value = state;
    links.value = state.links;
    findings.value = found;
    items.value = open;
    agreement.value = text;
  });
  return state.last_event;
}

const changed = new Set<string>();
let gathering: ReturnType<typeof setTimeout> | undefined;
/** Counts up when all was read: what was asked for before is not put over it. */
let generation = 0;
let anew = false;
let refreshed = -Infinity;
let running = false;

/** An event names the refs that it is about; they are asked for together, a little later. */
function gather(event: JournalEvent): void {
  const { ref } = event.data as { ref?: unknown };
  if (typeof ref === "string") changed.add(ref);
  if (ANEW.has(event.kind)) anew = true;
  refreshIn(Math.max(GATHER_MS, refreshed + REST_MS - performance.now()));
}

function refreshIn(ms: number): void {
  if (running) gathering ??= setTimeout(() => void refresh(), ms);
}

async function refresh(): Promise<void> {
  refreshed = performance.now();
  const refs = [...changed].slice(0, MOST_READ);
  for (const ref of refs) changed.delete(ref);
  let again = 0;
  try {
    if (anew) await readAll();
    anew = false;
    await readChanged(refs);
    if (changed.size > 0) again = GATHER_MS;
  } catch {
    for (const ref of refs) changed.add(ref);
    again = 5 * GATHER_MS;
  } finally {
    gathering = undefined;
  }
  if (again) refreshIn(again);
}

async function readChanged(refs: readonly string[]): Promise<void> {
  const before = generation;
  const [read, found, state] = await Promise.all([
    refs.length ? readItems(refs) : new Map<string, Item>(),
    everyFinding(),
    get<Health>("/v1/health", undefined, patient()),
  ]);
  if (before !== generation) throw new Error("all was read meanwhile");
  heard(state.now_ms);
  batch(() => {
    if (read.size) {
      const next = new Map(items.peek());
      for (const one of read.values()) {
        if (one.closed) next.delete(one.ref);
        else next.set(one.ref, one);
      }
      items.value = next;
    }
    findings.value = found;
    health.value = state;
    links.value = state.links;
  });
}

async function readItems(refs: readonly string[]): Promise<Map<string, Item>> {
  const wanted = refs.filter((ref) => /^(notice|stop|distress|report|nonconformance):/.test(ref));
  if (wanted.length === 0) return new Map();
  const read: ItemsRead = await post(
    "/v1/items/read",
    { refs: wanted, outlines: true },
    undefined,
    patient(),
  );
  for (const listener of readers) listener(wanted, read);
  return new Map(read.items.map((one) => [one.ref, one]));
}

function take(event: JournalEvent): void {
  journal.value = [...journal.peek().slice(1 - JOURNAL), event];
  gather(event);
  for (const listener of listeners) {
    try {
      listener(event);
    } catch (error) {
      reportError(error); // one room's fault is not another's gap
    }
  }
}

/** Whether the node answered, whatever it said. */
async function lookAtWatch(): Promise<boolean> {
  try {
    const seen = await get<Watch>("/v1/watch", undefined, AbortSignal.timeout(PATIENCE_MS));
    heard(seen.now_ms);
    watch.value = seen;
    return true;
  } catch (error) {
    return error instanceof Problem && error.status !== 0;
  }
}

/** Starts everything for whoever logged in; returns what ends it. */
export async function startLive(): Promise<() => void> {
  const last = await readAll().catch((error: unknown) => {
    broken();
    throw error;
  });
  running = true;
  const stream = follow(last, {
    take,
    broken,
    readAll,
    live: () => {
      turn("live");
      refreshIn(GATHER_MS);
    },
    wanted: () => !!session.peek(),
  });
  let asking = false;
  const beat = async () => {
    if (asking) return;
    asking = true;
    if (!(await lookAtWatch())) stream.doubt();
    asking = false;
  };
  void beat();
  const timer = setInterval(() => void beat(), 1000);
  return () => {
    running = false;
    generation += 1;
    clearInterval(timer);
    clearTimeout(gathering);
    gathering = undefined;
    changed.clear();
    stream.stop();
  };
}
