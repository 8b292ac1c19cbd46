// What the node knows, kept true by its journal: read once, then only what changed is asked for.
// No gap and no double: events are taken by their number, and the journal resumes behind the last.
import { batch, computed, signal } from "@preact/signals";
import { get, post } from "../api/client";
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

const turn = (state: Connection): void => {
  if (connection.peek().state !== state) connection.value = { state, since_ms: nowMs() };
};

async function everyItem(): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for (let after: string | null = ""; after !== null;) {
    const page: ItemsPage = await get("/v1/items", { after, limit: 200, outlines: true });
    for (const one of page.items) if (!one.closed) found.set(one.ref, one);
    after = page.next;
  }
  return found;
}

async function everyFinding(): Promise<Finding[]> {
  const page: FindingsPage = await get("/v1/findings", { limit: 500 });
  return page.findings;
}

/** Reads all of it; returns the number of the event behind which the journal goes on. */
async function readAll(): Promise<number> {
  const state: Health = await get("/v1/health");
  heard(state.now_ms);
  const [found, open, text] = await Promise.all([
    everyFinding(),
    everyItem(),
    get<Agreement>("/v1/agreement/file"),
  ]);
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

/** An event names the refs that it is about; they are asked for together, a little later. */
function gather(event: JournalEvent): void {
  const { ref } = event.data as { ref?: unknown };
  if (typeof ref === "string") changed.add(ref);
  gathering ??= setTimeout(() => void refresh(), GATHER_MS);
}

async function refresh(): Promise<void> {
  const refs = [...changed].slice(0, 500);
  changed.clear();
  try {
    const [read, found, state] = await Promise.all([
      refs.length ? readItems(refs) : new Map<string, Item>(),
      everyFinding(),
      get<Health>("/v1/health"),
    ]);
    heard(state.now_ms);
    batch(() => {
      if (refs.length) {
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
  } catch {
    for (const ref of refs) changed.add(ref); // with the next event, or when the stream resumes
  } finally {
    gathering = undefined;
  }
  if (changed.size > 0) gathering = setTimeout(() => void refresh(), 5 * GATHER_MS);
}

async function readItems(refs: readonly string[]): Promise<Map<string, Item>> {
  const wanted = refs.filter((ref) =>
    /^(notice|stop|distress|report|nonconformance):/.test(ref),
  );
  if (wanted.length === 0) return new Map();
  const read: ItemsRead = await post("/v1/items/read", { refs: wanted, outlines: true });
  for (const listener of readers) listener(wanted, read);
  return new Map(read.items.map((one) => [one.ref, one]));
}

function follow(after: number): () => void {
  let last = after;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const start = () => {
    source = new EventSource(`/v1/events?after=${last}`);
    source.onopen = () => turn("live");
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as JournalEvent;
      if (event.seq !== 0) {
        if (event.seq <= last) return;
        last = event.seq;
      }
      journal.value = [...journal.peek().slice(1 - JOURNAL), event];
      gather(event);
      for (const listener of listeners) listener(event);
    };
    source.onerror = () => {
      turn("resuming");
      source?.close();
      if (!ended) timer = setTimeout(() => void again(), 1000);
    };
  };
  const again = async () => {
    try {
      const state: Health = await get("/v1/health");
      // a node that lost its memory: read all of it again
      if (state.last_event < last) last = await readAll();
      start();
    } catch {
      if (nowMs() - connection.peek().since_ms > 10_000) turn("lost");
      if (!ended && session.peek()) timer = setTimeout(() => void again(), 1000);
    }
  };
  start();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}

async function lookAtWatch(): Promise<void> {
  try {
    const seen = await get<Watch>("/v1/watch");
    heard(seen.now_ms);
    watch.value = seen;
  } catch {
    // the connection says it; a node that does not watch has no alarms of its own
  }
}

/** Starts everything for whoever logged in; returns what ends it. */
export async function startLive(): Promise<() => void> {
  const last = await readAll();
  void lookAtWatch();
  const timer = setInterval(() => void lookAtWatch(), 1000);
  const stop = follow(last);
  return () => {
    clearInterval(timer);
    stop();
  };
}
