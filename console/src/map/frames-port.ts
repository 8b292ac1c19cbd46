// What the map and its worker say to each other.
import type { Frame } from "./frames";
import type { Picture } from "./picture";

export type ToWorker =
  { kind: "follow"; party: string } | { kind: "rest" } | { kind: "at"; at_ms: number; seq: number };

export type FromWorker =
  | { kind: "frame"; frame: Frame }
  | { kind: "none"; status: number }
  | { kind: "picture"; seq: number; picture: Omit<Picture, "tracks">; frame: Frame | null }
  | { kind: "no-picture"; seq: number; status: number };
