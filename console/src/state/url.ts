// What is shown stands in the address (behind #), so that it can be sent, kept and gone back to.
// #/ROOM?name=value ; the names are free, each room has its own; `item`, `at`, `view` are common.
import { computed, signal } from "@preact/signals";

interface Place {
  room: string;
  params: Readonly<Record<string, string>>;
}

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { room: path || "item", params: Object.fromEntries(new URLSearchParams(query)) };
}

export const place = signal<Place>(read());
addEventListener("hashchange", () => (place.value = read()));

function write(next: Place, replace: boolean): void {
  const query = new URLSearchParams(next.params).toString();
  const hash = `#/${next.room}${query ? `?${query}` : ""}`;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  place.value = next;
}

/** Opens a room; what is common (item, at, view) stays unless given, other params go. */
export function open(room: string, params: Record<string, string> = {}): void {
  const { item, at, view } = read().params;
  const kept = Object.fromEntries(
    Object.entries({ item, at, view }).filter((pair): pair is [string, string] => !!pair[1]),
  );
  write({ room, params: { ...kept, ...params } }, false);
}

/** Changes params of the place; null takes one out. replace: without a step in the history. */
export function set(params: Record<string, string | null>, replace = true): void {
  const here = read(); // an address that was typed, or gone back to, is told of a little later
  const next = { ...here.params };
  for (const [name, value] of Object.entries(params)) {
    if (value === null) delete next[name];
    else next[name] = value;
  }
  write({ ...here, params: next }, replace);
}

/** Which room is open; it does not change with the params. */
export const roomShown = computed(() => place.value.room);

export const param = (name: string) => computed(() => place.value.params[name] ?? "");

/** What is selected everywhere at once: list, map, timeline. "notice:il-1", "track:icao:4ca216",
 * a ref of a paper, or "". */
export const selected = param("item");
export const select = (ref: string): void => set({ item: ref || null }, false);

/** The instant that the picture shows, in ms; null: live. */
export const shownAt = computed(() => {
  const text = place.value.params["at"];
  const ms = text ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? null : ms;
});
