// What the map and its worker say to each other.
import type { Frame } from "./frames";
import type { Picture } from "./picture";

export type ToWorker =
  | { kind: "follow"; party: string }
  | { kind: "rest" }
  /** as_of_ms: as our log had it then; null: as it has it now. */
  | { kind: "at"; at_ms: number; as_of_ms: number | null; seq: number };

export type FromWorker =
  | { kind: "frame"; frame: Frame }
  | { kind: "none"; status: number }
  | { kind: "picture"; seq: number; picture: Omit<Picture, "tracks">; frame: Frame | null }
  | { kind: "no-picture"; seq: number; status: number };
