// The lines and their messages as this screen knows them; the two lines are never in one list.
import { signal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, post } from "../api/client";
import { language } from "../i18n";
import { onEvent } from "../state/live";
import { session } from "../state/session";
import { inOrder, mine, waits, type Line, type LineName, type Message, type Paper } from "./logic";

export interface Thread {
  /** Oldest first. */
  messages: readonly Message[];
  /** Where the page before the oldest begins; null: there is none. */
  before: string | null;
  read: boolean;
}

interface Page {
  messages: Message[];
  next: string | null;
}

interface Lines {
  lines: Line[];
  every_s?: Partial<Record<LineName, number>>;
}

export interface Filed {
  ref: string;
  paper: Paper;
}

const none: Thread = { messages: [], before: null, read: false };
export const threads: Record<LineName, Signal<Thread>> = {
  safety: signal(none),
  strategic: signal(none),
};
export const lines = signal<readonly Line[]>([]);
/** Seconds between two comms checks of the timer; 0: it asks none. */
export const everyS = signal<Partial<Record<LineName, number>>>({});
export const trouble = signal<unknown>(null);

const PAGE = 50;
const GATHER_MS = 250;
const AGAIN_MS = 2_000;
const LINES_MS = 10_000;

export const me = (): string => session.value?.party ?? "";
export const myLanguage = (): string => language.value;

const page = (line: LineName, after = ""): Promise<Page> =>
  get<Page>("/v1/hotline/messages", { line, after, limit: PAGE, language: language.peek() });

function merge(thread: Thread, found: readonly Message[]): readonly Message[] {
  const all = new Map(thread.messages.map((one) => [one.ref, one]));
  for (const one of found) {
    const held = all.get(one.ref);
    if (!held || JSON.stringify(held) !== JSON.stringify(one)) all.set(one.ref, one);
  }
  return inOrder(all.values());
}

/** The newest page again, and what of the older changed: `refs`. */
async function refresh(line: LineName, refs: ReadonlySet<string>): Promise<void> {
  const found = await page(line);
  const held = threads[line].peek();
  const seen = new Set(found.messages.map((one) => one.ref));
  const older = held.messages.filter((one) => refs.has(one.ref) && !seen.has(one.ref));
  const again = await Promise.all(
    older.map(async (one) => {
      const paper = await get<Paper>(`/v1/papers/${encodeURIComponent(one.ref)}`);
      return { ...one, ...paper } as Message;
    }),
  );
  const latest = threads[line].peek();
  threads[line].value = {
    messages: merge(latest, [...found.messages, ...again]),
    before: latest.read ? latest.before : found.next,
    read: true,
  };
}

async function guarded(run: () => Promise<void>): Promise<void> {
  try {
    await run();
    trouble.value = null;
  } catch (error) {
    trouble.value = error;
  }
}

/** The page before the oldest. */
export const earlier = (line: LineName): Promise<void> =>
  guarded(async () => {
    const { before } = threads[line].peek();
    if (before === null) return;
    const found = await page(line, before);
    const held = threads[line].peek();
    threads[line].value = { messages: merge(held, found.messages), before: found.next, read: true };
  });

export async function readLines(): Promise<void> {
  const found = await get<Lines>("/v1/hotline/lines");
  lines.value = found.lines;
  everyS.value = found.every_s ?? {};
}

/** Keeps one line's messages true while the room shows them; a change of language reads anew. */
export function useThread(line: LineName): Thread {
  const spoken = language.value;
  useEffect(() => {
    const refs = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = () => {
      timer = undefined;
      const now = new Set(refs);
      refs.clear();
      void guarded(() => refresh(line, now)).then(() => {
        const more = threads[line].peek().messages.some((one) => waits(one, me()));
        if (!over && timer === undefined && (more || refs.size > 0 || trouble.peek()))
          timer = setTimeout(look, refs.size ? GATHER_MS : AGAIN_MS);
      });
    };
    threads[line].value = none;
    look();
    const stop = onEvent((event) => {
      const { ref } = event.data as { ref?: unknown };
      if (typeof ref !== "string" || !ref.startsWith("message:")) return;
      refs.add(ref);
      clearTimeout(timer);
      timer = setTimeout(look, GATHER_MS);
    });
    return () => {
      over = true;
      clearTimeout(timer);
      stop();
    };
  }, [line, spoken]);
  return threads[line].value;
}

/** Keeps the states of the lines true while the room is shown. */
export function useLines(): readonly Line[] {
  useEffect(() => {
    const look = () => void guarded(readLines);
    look();
    const timer = setInterval(look, LINES_MS);
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      const { ref } = event.data as { ref?: unknown };
      const counts = typeof ref === "string" && /^(check|line-report):/.test(ref);
      if (!counts && !event.kind.startsWith("link")) return;
      clearTimeout(soon);
      soon = setTimeout(look, GATHER_MS);
    });
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      stop();
    };
  }, []);
  return lines.value;
}

// Acts -----------------------------------------------------------------------------------------

/** Who says it: the duty role of this session and the person's name. */
export const speaker = (): { role: string; person: string } => ({
  role: session.peek()?.duty ?? "",
  person: session.peek()?.name ?? "",
});

export interface Saying {
  content: Record<string, unknown>;
  marking?: Record<string, unknown> | null;
  about?: readonly string[];
  exercise?: boolean;
}

export const say = (kind: string, saying: Saying, to: readonly string[]): Promise<Filed> =>
  post<Filed>(
    `/v1/papers/${kind}`,
    { content: saying.content, marking: saying.marking ?? null, about: saying.about ?? [] },
    { ...speaker(), to, exercise: saying.exercise ?? false },
  );

export const amend = (ref: string, content: Record<string, unknown>): Promise<Filed> =>
  post<Filed>(`/v1/papers/${encodeURIComponent(ref)}/amend`, { content }, speaker());

export type Rung = "read" | "read-back" | "accepted" | "objected" | "unable";

export const reply = (
  ref: string,
  rung: Rung,
  more: { values?: readonly { name: string; value: string }[]; text?: string } = {},
): Promise<Filed> =>
  post<Filed>(`/v1/papers/${encodeURIComponent(ref)}/reply`, { rung, ...more }, speaker());

/** A rung above "read", on what we have not read yet: that it was read is said first. */
export async function climb(paper: Paper, rung: Rung, text = ""): Promise<Filed> {
  const more = text ? { text } : {};
  const unread = mine(paper, me())?.rung === "received";
  if (unread && rung !== "read") await reply(paper.ref, "read");
  return reply(paper.ref, rung, more);
}

/** What an act answered with, shown at once; the journal brings the rest. */
export function shown(line: LineName, filed: Filed): void {
  const thread = threads[line].peek();
  const old = thread.messages.find((one) => one.ref === filed.ref);
  if (!old) return;
  threads[line].value = {
    ...thread,
    messages: merge(thread, [{ ...old, ...filed.paper } as Message]),
  };
}
