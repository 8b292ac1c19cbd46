// Sending STOP and DISTRESS: nothing is queued here; what the node does not answer is said at once.
import { signal } from "@preact/signals";
import { post, Problem } from "../api/client";
import type { Posted } from "../api/types";
import { keep } from "./acts";

export type Call = "stop" | "distress";

/** "slow": asked, no answer for some seconds; it may be out or not. */
export type Sending =
  | { state: "ready" }
  | { state: "sending" }
  | { state: "slow" }
  | { state: "sent"; posted: Posted; at_ms: number }
  | { state: "failed"; error: unknown; unreached: boolean };

export const opened = signal<Call | null>(null);
export const sending = signal<Sending>({ state: "ready" });
const SLOW_MS = 3_000;

export function openCall(call: Call): void {
  const { state } = sending.peek();
  if (opened.peek() === call) return;
  if (state !== "sending" && state !== "slow") sending.value = { state: "ready" };
  opened.value = call;
}

/** One press, one statement: a second press while the first is under way does nothing. */
export async function send(call: Call, body: unknown): Promise<void> {
  const { state } = sending.peek();
  if (state === "sending" || state === "slow" || state === "sent") return;
  sending.value = { state: "sending" };
  const slow = setTimeout(() => {
    if (sending.peek().state !== "sending") return;
    sending.value = { state: "slow" };
    opened.value = call; // though somebody closed it: nobody may believe that it went
  }, SLOW_MS);
  try {
    const posted = await post<Posted>(`/v1/${call}`, body);
    sending.value = { state: "sent", posted, at_ms: Date.now() };
    if (posted.item) keep(posted.item);
    if (opened.peek() !== call || !posted.logged) opened.value = call;
  } catch (error) {
    const unreached = !(error instanceof Problem) || error.status === 0 || error.status >= 500;
    sending.value = { state: "failed", error, unreached };
    opened.value = call;
  } finally {
    clearTimeout(slow);
  }
}
