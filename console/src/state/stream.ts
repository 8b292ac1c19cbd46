// The journal as it comes: each event once, in order, whatever breaks in between.
import { get } from "../api/client";
import type { Health, JournalEvent } from "../api/types";

/** What becomes of the stream; `readAll` answers with the number behind which it goes on. */
export interface Follower {
  take: (event: JournalEvent) => void;
  live: () => void;
  broken: () => void;
  readAll: () => Promise<number>;
  wanted: () => boolean;
}

export interface Stream {
  stop: () => void;
  /** The node was asked something and did not answer: the stream may be dead without a word. */
  doubt: () => void;
}

const AGAIN_MS = 1_000;
const PATIENCE_MS = 5_000;

const ask = <T>(path: string, query?: Record<string, number>): Promise<T> =>
  get<T>(path, query, AbortSignal.timeout(PATIENCE_MS));

async function eventAt(seq: number): Promise<JournalEvent | undefined> {
  if (seq < 1) return undefined;
  const page = await ask<{ events: JournalEvent[] }>("/v1/journal", { after: seq - 1, limit: 1 });
  return page.events[0];
}

const isSame = (one: JournalEvent | undefined, other: JournalEvent): boolean =>
  one?.seq === other.seq && one.at_ms === other.at_ms && one.kind === other.kind;

/** Follows the journal behind event `after` until it is stopped. */
export function follow(after: number, follower: Follower): Stream {
  let last = after;
  let mark: JournalEvent | undefined;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  const start = () => {
    source = new EventSource(`/v1/events?after=${last}`);
    source.onopen = follower.live;
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as JournalEvent;
      if (event.seq !== 0) {
        if (event.seq <= last) return;
        last = event.seq;
        mark = event;
      }
      follower.take(event);
    };
    source.onerror = breaks;
  };
  const breaks = () => {
    source?.close();
    source = null;
    follower.broken();
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => void again(), AGAIN_MS);
  };
  /** Whether the node still has the journal that we followed, as far as we did. */
  const remembers = async (): Promise<boolean> => {
    const state = await ask<Health>("/v1/health");
    if (state.last_event < last) return false;
    return mark === undefined || isSame(await eventAt(mark.seq), mark);
  };
  const again = async () => {
    try {
      if (!(await remembers())) {
        last = await follower.readAll();
        mark = undefined;
        void remember();
      }
      if (!ended) start();
    } catch {
      follower.broken();
      if (!ended && follower.wanted()) timer = setTimeout(() => void again(), AGAIN_MS);
    }
  };
  const remember = async () => {
    const seq = last;
    const found = await eventAt(seq).catch(() => undefined);
    if (last === seq && found?.seq === seq) mark = found;
  };
  void remember();
  start();
  return {
    stop: () => {
      ended = true;
      clearTimeout(timer);
      source?.close();
    },
    doubt: () => {
      if (source && !ended) breaks();
    },
  };
}
