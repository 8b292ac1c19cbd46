// Comms checks of one line: those that wait for us, and when the timer asks next.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { onEvent } from "../state/live";
import type { LineName, Paper } from "./logic";
import { everyS, me, say } from "./store";

export interface CheckContent {
  line: LineName;
  number: number;
  due_s: number;
}

export const checkOf = (paper: Paper): CheckContent => paper.content as unknown as CheckContent;
export const dueMs = (paper: Paper): number => paper.at_ms + 1_000 * checkOf(paper).due_s;

/** Newest first, of both lines; whoever shows them takes those of its own line. */
export const checks = signal<readonly Paper[]>([]);
const LIMIT = 60;
let users = 0;
let stop: (() => void) | undefined;

async function read(): Promise<void> {
  try {
    checks.value = (
      await get<{ papers: Paper[] }>("/v1/papers", { kind: "check", limit: LIMIT })
    ).papers;
  } catch {
    // the room tells what is wrong with the node; the next event asks again
  }
}

export function useAllChecks(): readonly Paper[] {
  useEffect(() => {
    if (users++ === 0) {
      void read();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const off = onEvent((event) => {
        const { ref } = event.data as { ref?: unknown };
        if (typeof ref !== "string" || !ref.startsWith("check:")) return;
        clearTimeout(timer);
        timer = setTimeout(() => void read(), 250);
      });
      stop = () => {
        clearTimeout(timer);
        off();
      };
    }
    return () => {
      if (--users === 0) stop?.();
    };
  }, []);
  return checks.value;
}

export function useChecks(
  line: LineName,
  party: string,
): { waiting: readonly Paper[]; next_ms: number } {
  const all = useAllChecks().filter((one) => checkOf(one).line === line && !one.withdrawn);
  const us = me();
  const waiting = all.filter(
    (one) =>
      one.author === party &&
      one.heard.some((heard) => heard.party === us && heard.rung === "received"),
  );
  const every = everyS.value[line] ?? 0;
  const last = all.find((one) => one.author === us && one.to.includes(party));
  return { waiting: waiting.slice(0, 1), next_ms: every && last ? last.at_ms + 1_000 * every : -1 };
}

/** Asks "how do you hear us?" once, beside what the timer asks. */
export function ask(line: LineName, to: readonly string[], due_s: number): Promise<unknown> {
  const numbers = checks
    .peek()
    .filter((one) => one.author === me() && checkOf(one).line === line)
    .map((one) => checkOf(one).number);
  return say("check", { content: { line, number: Math.max(0, ...numbers) + 1, due_s } }, to);
}
