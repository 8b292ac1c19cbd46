// The incident that is open: read whole when it is opened, again when a paper about it comes.
import { computed, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Paper } from "../api/types";
import { onEvent } from "../state/live";
import { param, place, set } from "../state/url";
import { joined, type AgreedList, type Timeline } from "./model";

export const PARTS = ["accounts", "instant", "evidence"] as const;
export type Part = (typeof PARTS)[number];

/** The incident in the address; "" shows the list of them. */
export const incident = param("incident");
const partParam = param("part");
export const part = computed<Part>(
  () => PARTS.find((one) => one === partParam.value) ?? "accounts",
);

export interface Listed {
  papers: Paper[];
  next: string | null;
}
export const incidents = signal<Listed | null>(null);
export const timeline = signal<Timeline | null>(null);
export const listed = signal<AgreedList | null>(null);
export const report = signal<Paper | null>(null);
export const objections = signal<ReadonlyMap<string, Paper>>(new Map());
export const failure = signal<unknown>(null);

export const openIncident = (ref: string): void =>
  set({ incident: ref, part: null, item: null, at: null }, false);
export const closeIncident = (): void => set({ incident: null, part: null }, false);

const MOST_PAGES = 200;
let asking = 0;

export async function loadIncidents(after = ""): Promise<void> {
  try {
    const page = await get<Listed>("/v1/papers", { kind: "incident", limit: 50, after });
    const known = after ? (incidents.peek()?.papers ?? []) : [];
    incidents.value = { papers: [...known, ...page.papers], next: page.next ?? null };
    failure.value = null;
  } catch (error) {
    failure.value = error;
  }
}

async function everyPage(path: string, given_up: () => boolean): Promise<Timeline[]> {
  const pages: Timeline[] = [];
  for (let after: string | null = ""; after !== null && pages.length < MOST_PAGES && !given_up();) {
    const page: Timeline = await get(`${path}/timeline`, { after, limit: 1000 });
    pages.push(page);
    after = page.next;
  }
  return pages;
}

export async function load(ref: string): Promise<void> {
  const mine = ++asking;
  if (timeline.peek()?.incident !== ref) {
    timeline.value = null;
    listed.value = null;
    report.value = null;
  }
  try {
    const path = `/v1/incidents/${encodeURIComponent(ref)}`;
    const [pages, found, paper, objected] = await Promise.all([
      everyPage(path, () => mine !== asking),
      get<{ list: AgreedList }>(`${path}/list`, { evidence: false }),
      get<Paper>(`/v1/papers/${encodeURIComponent(ref)}`),
      get<Listed>("/v1/papers", { kind: "objection", limit: 200 }),
    ]);
    if (mine !== asking) return;
    timeline.value = joined(pages);
    listed.value = found.list;
    report.value = paper;
    objections.value = new Map(objected.papers.map((one) => [one.ref, one]));
    failure.value = null;
  } catch (error) {
    if (mine === asking) failure.value = error;
  }
}

const ABOUT = /^(incident|claim|objection|reply):/;
const REST_MS = 500;

/** Keeps what is shown true; returns what ends that. */
export function follow(ref: string): () => void {
  const again = () => (ref ? load(ref) : loadIncidents());
  void again();
  let resting: ReturnType<typeof setTimeout> | undefined;
  const off = onEvent((event) => {
    const named = (event.data as { ref?: unknown }).ref;
    if (typeof named !== "string" || !ABOUT.test(named)) return;
    resting ??= setTimeout(() => {
      resting = undefined;
      void again();
    }, REST_MS);
  });
  return () => {
    off();
    clearTimeout(resting);
    if (ref) asking += 1;
  };
}

export const inRoom = (): boolean => place.peek().room === "incident";
