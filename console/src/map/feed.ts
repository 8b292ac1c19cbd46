// What the map shows: live volumes kept true by what changed, live frames from the worker, or the
// picture at another instant. Nothing of it is a copy of a decision: the node is asked.
import { batch, computed, effect, signal } from "@preact/signals";
import { get } from "../api/client";
import { now, nowMs } from "../state/clock";
import { connection, items, onRead } from "../state/live";
import { session } from "../state/session";
import { overlays, type Volume } from "./contract";
import type { Frame } from "./frames";
import type { FromWorker, ToWorker } from "./frames-port";
import {
  agreedVolumes,
  NO_NAMES,
  volumeOf,
  type NamedThings,
  type Picture,
  type PictureItem,
} from "./picture";
import { instant, knownAt } from "./state";

const AHEAD_S = 86_400;
const AGAIN_MS = 60_000;

export const named = signal<NamedThings>(NO_NAMES);
/** Of the live picture, by ref: in force and planned. */
const live = signal<ReadonlyMap<string, readonly Volume[]>>(new Map());
interface Then {
  at_ms: number;
  volumes: readonly Volume[];
  frame: Frame | null;
  gap_s: number | null;
  note: string;
  behind: number;
}
/** The picture at another instant, as it came last. */
export const then = signal<Then | null>(null);
export const leftOut = signal(0);
/** Why there are no tracks; null: there are. */
export const noTracks = signal<number | null>(null);

/** The newest live frame; large, so no signal: `frames` counts. */
export const latest: { live: Frame | null; id: string[]; label: string[]; owner: string[] } = {
  live: null,
  id: [],
  label: [],
  owner: [],
};
export const frames = signal(0);

const minute = computed(() => Math.floor(now.value / 10_000));
const party = (): string => session.peek()?.party ?? "";

/** Every volume of the instant shown, without overlays. */
export const shownVolumes = computed<readonly Volume[]>(() => {
  const agreed = agreedVolumes(named.value, session.value?.party ?? "");
  if (instant.value !== null) return [...agreed, ...(then.value?.volumes ?? [])];
  void minute.value;
  const at = nowMs();
  const told = [...live.value.values()].flat().filter((one) => one.until_ms >= at);
  return [...agreed, ...told];
});

export const allVolumes = computed<readonly Volume[]>(() => [
  ...shownVolumes.value,
  ...[...overlays.value.values()].flatMap((one) => one.volumes ?? []),
]);

/** When what is told begins and ends, each item once. */
export const windows = computed(() => {
  const found = new Map<string, Volume>();
  for (const volumes of live.value.values())
    for (const one of volumes) if (one.kind === "declared") found.set(one.ref, one);
  return [...found.values()].sort((a, b) => a.from_ms - b.from_ms);
});

const volumesOf = (picture: Pick<Picture, "items" | "volumes">): Volume[] => {
  const about = new Map<string, PictureItem>(picture.items.map((one) => [one.ref, one]));
  return picture.volumes.map((one) => volumeOf(one, about.get(one.ref), party()));
};

function byRef(volumes: readonly Volume[]): Map<string, Volume[]> {
  const made = new Map<string, Volume[]>();
  for (const one of volumes) {
    const found = made.get(one.ref);
    if (found) found.push(one);
    else made.set(one.ref, [one]);
  }
  return made;
}

async function readLive(): Promise<void> {
  try {
    const picture = await get<Picture>("/v1/picture", { ahead_s: AHEAD_S });
    batch(() => {
      named.value = picture.named;
      live.value = byRef(volumesOf(picture));
      leftOut.value = picture.left_out;
    });
  } catch {
    // the banner tells of the connection; asked again below
  }
}

const followItems = (): (() => void) =>
  onRead((refs, read) => {
    const next = new Map(live.peek());
    for (const ref of refs) next.delete(ref);
    const closed = new Set(read.items.filter((one) => one.closed).map((one) => one.ref));
    const found = read.volumes
      .filter((one) => !closed.has(one.ref))
      .map((one) => volumeOf(one, undefined, party()));
    for (const [ref, volumes] of byRef(found)) next.set(ref, volumes);
    live.value = next;
  });

let seq = 0;

function take(message: FromWorker): void {
  if (message.kind === "frame") {
    const { names } = message.frame;
    if (names) Object.assign(latest, names);
    latest.live = message.frame;
    batch(() => {
      noTracks.value = null;
      frames.value += 1;
    });
  } else if (message.kind === "none") noTracks.value = message.status;
  else if (message.kind === "picture" && instant.peek() !== null) {
    const { picture, frame } = message;
    batch(() => {
      named.value = picture.named;
      then.value = {
        at_ms: picture.at_ms,
        volumes: volumesOf(picture),
        frame,
        gap_s: picture.gap_s,
        note: picture.tracks_note,
        behind: picture.complete ? 0 : picture.behind,
      };
      frames.value += 1;
    });
  }
}

/** The frame of the instant shown and the names of its rows. */
export function currentFrame(): {
  frame: Frame;
  id: string[];
  label: string[];
  owner: string[];
} | null {
  if (instant.peek() === null)
    return (
      latest.live && { frame: latest.live, id: latest.id, label: latest.label, owner: latest.owner }
    );
  const frame = then.peek()?.frame;
  return frame?.names ? { frame, ...frame.names } : null;
}

/** Follows the node until the returned function is called. */
export function startFeed(workerUrl: string): () => void {
  const worker = new Worker(workerUrl, { type: "module" });
  const say = (message: ToWorker) => worker.postMessage(message);
  worker.onmessage = (event: MessageEvent<FromWorker>) => take(event.data);
  say({ kind: "follow", party: party() });
  const stopItems = followItems();
  const stopInstant = effect(() => {
    const at_ms = instant.value;
    const as_of_ms = knownAt.value;
    if (at_ms === null)
      batch(() => {
        then.value = null;
        frames.value = frames.peek() + 1;
      });
    else say({ kind: "at", at_ms, as_of_ms, seq: ++seq });
  });
  void readLive();
  const timer = setInterval(() => void readLive(), AGAIN_MS);
  let state = connection.peek().state;
  const stopConnection = connection.subscribe((next) => {
    if (next.state === "live" && state !== "live") void readLive();
    state = next.state;
  });
  return () => {
    worker.terminate();
    clearInterval(timer);
    stopItems();
    stopInstant();
    stopConnection();
  };
}

/** For who has no picture: whether the node told of any item at all. */
export const anyItems = (): boolean => items.peek().size > 0;
