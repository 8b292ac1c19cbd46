// Drafts that wait for a second person: the list, one of them whole, and what is done with it.
import { signal } from "@preact/signals";
import { get, post, Problem } from "../api/client";
import type { Finding, Posted, Waiting } from "../api/types";
import { doneBefore } from "../needs/acts";
import { tell } from "../needs/telling";
import { t } from "../i18n";
import { connection, onEvent } from "../state/live";
import { session } from "../state/session";
import { open } from "../state/url";

interface Page {
  drafts: Waiting[];
  two_persons: boolean;
  waiting: number;
  next: number | null;
}

export const waiting = signal<readonly Waiting[]>([]);
/** Ours that came back: the author makes a new one of it. */
export const returned = signal<readonly Waiting[]>([]);

async function look(): Promise<void> {
  const [open_, back] = await Promise.all([
    get<Page>("/v1/drafts", { state: "waiting", limit: 100 }),
    get<Page>("/v1/drafts", { state: "returned", limit: 20 }),
  ]);
  waiting.value = open_.drafts;
  returned.value = back.drafts.filter((one) => one.author.person === session.peek()?.person);
}

const SOON_MS = 200;
const LATER_MS = 2_000;

/** Keeps the list true while the room is shown. */
export function followDrafts(): () => void {
  let soon: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const again = (wait_ms = SOON_MS) => {
    clearTimeout(soon);
    if (!over) soon = setTimeout(() => void look().catch(() => again(LATER_MS)), wait_ms);
  };
  again();
  const ends = [
    onEvent((event) => {
      if (event.kind.startsWith("draft-")) again();
    }),
    connection.subscribe(({ state }) => {
      if (state === "live") again();
    }),
  ];
  return () => {
    over = true;
    clearTimeout(soon);
    for (const end of ends) end();
  };
}

export const readDraft = (id: string): Promise<Waiting> =>
  get<Waiting>(`/v1/drafts/${encodeURIComponent(id)}`);

const at = (draft: Waiting, what: string): string =>
  `/v1/drafts/${encodeURIComponent(draft.id)}/${what}`;

/** What came of a release: it is out, somebody was first, or there is something to look at again. */
export type Outcome =
  | { out: Posted }
  | { first: string; ref: string }
  | { changed: readonly Finding[]; revision: number };

export async function release(draft: Waiting, seen: readonly Finding[]): Promise<Outcome> {
  try {
    const posted = await post<Posted>(at(draft, "release"), {
      role: session.peek()?.duty ?? "",
      revision: draft.revision,
      seen: seen.map((one) => ({ key: one.key, level: one.level })),
    });
    return { out: posted };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "done-before")
      return { first: doneBefore(error), ref: String(error.body["ref"] ?? "") };
    if (error.code === "changed")
      return {
        changed: (error.body["findings"] as Finding[] | undefined) ?? [],
        revision: Number(error.body["revision"] ?? draft.revision),
      };
    throw error;
  }
}

export const giveBack = (draft: Waiting, text: string): Promise<Waiting> =>
  post<Waiting>(at(draft, "return"), { text });

export const withdraw = (draft: Waiting): Promise<Waiting> =>
  post<Waiting>(at(draft, "withdraw"), { text: "" });

/** It is out: on to where everybody stands with it. */
export function released(posted: Posted): void {
  tell(t("notice:is_out", { ref: posted.ref }));
  if (posted.warning) tell(posted.warning, "bad");
  open("item", { item: posted.ref });
}
