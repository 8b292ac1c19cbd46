// What is being written on each line. The keys of the watch reach the safety line's alone.
import { signal, type Signal } from "@preact/signals";
import { open, place } from "../state/url";
import type { LineName, Message } from "./logic";

export interface Draft {
  /** The message that it answers. */
  answers?: Message;
  /** A phrase to begin with. */
  phrase?: string;
}

/** Null: the composer of that line is shut. */
export const drafts: Record<LineName, Signal<Draft | null>> = {
  safety: signal<Draft | null>(null),
  strategic: signal<Draft | null>(null),
};

/** Opens the composer of the safety line, wherever the officer is. */
export function compose(): void {
  drafts.safety.value ??= {};
  const { room, params } = place.peek();
  if (room !== "hotline" || !/^safety\.(?!-)/.test(params["tab"] ?? "safety.x")) open("hotline");
}
