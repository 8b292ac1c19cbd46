// How many messages on each line wait to be read by us; kept while somebody is logged in.
import { effect, signal } from "@preact/signals";
import { get } from "../api/client";
import { connection, onEvent } from "../state/live";
import { session } from "../state/session";
import { chime } from "../ui/sounds";
import { readLines } from "./store";
import { contentOf, owes, unreadOf, type Paper, type Precedence } from "./logic";

/** The safety line alone: what the watch has to see. */
export const unread = signal(0);
/** The strategic line, shown beside its own tab only; it makes no sound. */
export const unreadStrategic = signal(0);

const LIMIT = 200;
const GATHER_MS = 300;
const TONES: Record<Precedence, "critical" | "high" | "medium" | "low"> = {
  flash: "critical",
  immediate: "high",
  priority: "medium",
  routine: "low",
};
let told: ReadonlySet<string> | null = null;

async function look(party: string): Promise<void> {
  const found = await get<{ papers: Paper[] }>("/v1/papers", {
    kind: "message",
    open: true,
    limit: LIMIT,
  });
  const waiting = found.papers.filter((one) => owes(one, party) === "read");
  unread.value = unreadOf(waiting, party, "safety");
  unreadStrategic.value = unreadOf(waiting, party, "strategic");
  const safety = waiting.filter((one) => contentOf(one).line === "safety");
  const fresh = safety.filter((one) => told !== null && !told.has(one.ref));
  told = new Set(safety.map((one) => one.ref));
  const loudest = (["flash", "immediate", "priority"] as const).find((name) =>
    fresh.some((one) => contentOf(one).precedence === name),
  );
  if (loudest) chime(TONES[loudest]);
}

effect(() => {
  const party = session.value?.party;
  if (!party) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(party).catch(() => undefined), GATHER_MS);
  };
  // the composer opens at one key: it must not wait for the lines
  void readLines().catch(() => undefined);
  const live = connection.subscribe(({ state }) => {
    if (state === "live") soon();
  });
  const stop = onEvent((event) => {
    const { ref } = event.data as { ref?: unknown };
    if (typeof ref === "string" && ref.startsWith("message:")) soon();
  });
  return () => {
    clearTimeout(timer);
    live();
    stop();
    told = null;
    unread.value = 0;
    unreadStrategic.value = 0;
  };
});
