// Fetches and decodes the picture off the main thread: live frames one after another, and the
// picture at an instant. One request in flight for each; what is asked meanwhile counts alone.
import { buffersOf, framed, type Columns, type MovingColumns } from "./frames";
import type { Picture } from "./picture";
import type { FromWorker, ToWorker } from "./frames-port";

interface LiveFrame {
  swept: number;
  now_ms: number;
  names: number;
  tracks?: Columns;
  moving: MovingColumns;
}

/** A picture a second is what people can read; a node may sweep ten times as often. */
const EVERY_MS = 1000;

let party = "";
let following = 0;
let ids: string[] = [];
let owners: string[] = [];
let wanted: { at_ms: number; as_of_ms: number | null; seq: number } | null = null;
let asking = false;

function say(message: FromWorker, buffers: ArrayBuffer[] = []): void {
  postMessage(message, { transfer: buffers });
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function follow(turn: number): Promise<void> {
  let swept = 0;
  let names = 0;
  let last = -EVERY_MS;
  while (following === turn) {
    try {
      await pause(Math.max(0, last + EVERY_MS - performance.now()));
      last = performance.now();
      const query = names ? `after=${swept}&names=${names}&wait_s=5` : "names=0";
      const answer = await fetch(`/v1/watch/picture?${query}`, { cache: "no-store" });
      if (!answer.ok) {
        if (answer.status === 401) return;
        say({ kind: "none", status: answer.status });
        names = 0;
        await pause(answer.status === 404 ? 15_000 : 1500);
        continue;
      }
      const found = (await answer.json()) as LiveFrame;
      if (following !== turn) return;
      if (!found.tracks) continue;
      if (found.tracks.id) {
        ids = found.tracks.id;
        owners = found.tracks.owner ?? [];
      }
      swept = found.swept;
      names = found.names;
      const frame = framed(found.tracks, found.moving, { ...found, party, ids, owners });
      say({ kind: "frame", frame }, buffersOf(frame));
    } catch {
      say({ kind: "none", status: 0 });
      names = 0;
      await pause(1500);
    }
  }
}

async function ask(): Promise<void> {
  if (asking) return;
  asking = true;
  for (let next = wanted; next; next = wanted) {
    wanted = null;
    const { at_ms, as_of_ms, seq } = next;
    try {
      const query = new URLSearchParams({ at: new Date(at_ms).toISOString() });
      if (as_of_ms !== null) query.set("as_of", new Date(as_of_ms).toISOString());
      const answer = await fetch(`/v1/picture?${query.toString()}`, { cache: "no-store" });
      if (!answer.ok) {
        say({ kind: "no-picture", seq, status: answer.status });
        continue;
      }
      const { tracks, ...picture } = (await answer.json()) as Picture;
      const frame = tracks
        ? framed(tracks, picture.moving, {
            swept: -1,
            now_ms: picture.at_ms,
            party,
            ids: tracks.id ?? [],
            owners: tracks.owner ?? [],
          })
        : null;
      say({ kind: "picture", seq, picture, frame }, frame ? buffersOf(frame) : []);
    } catch {
      say({ kind: "no-picture", seq, status: 0 });
    }
  }
  asking = false;
}

onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === "follow") {
    party = message.party;
    following += 1;
    void follow(following);
  } else if (message.kind === "rest") {
    following += 1;
  } else {
    wanted = message;
    void ask();
  }
};
