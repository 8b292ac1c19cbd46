// The map that runs now, for whoever has to ask it something; null: none.
import { signal } from "@preact/signals";
import type { Running } from "./run";

export const running = signal<Running | null>(null);
