// What is in view as a list for the keyboard and for readers: alarms first, then from the middle
// outwards. It is seen while it has the focus.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { select, selected } from "../state/url";
import { useKeys } from "../ui/keys";
import { look } from "./contract";
import { currentFrame } from "./feed";
import { MOST_ENTRIES, ordered, type Entry } from "./insight";
import { entriesInView, pointedAt, tell } from "./sight";
import { rested } from "./state";

const FOCUSED_MS = 1000;
const RESTING_MS = 5000;

const entries = signal<readonly Entry[]>([]);
/** The ref of the row that arrows move; it stays when rows come and go. */
const active = signal("");
const focused = signal(false);

function refresh(): void {
  entries.value = ordered(entriesInView(MOST_ENTRIES));
  if (focused.peek()) point();
}

function point(): void {
  const all = entries.peek();
  const found = all.find((one) => one.ref === active.peek()) ?? all[0] ?? null;
  active.value = found?.ref ?? "";
  pointedAt.value = found;
}

function move(by: number): void {
  const all = entries.peek();
  const at = all.findIndex((one) => one.ref === active.peek());
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  if (!next) return;
  active.value = next.ref;
  pointedAt.value = next;
}

const TRACK_DEG = 0.15;

/** Lets the map look at the one the list points at. */
function zoom(): void {
  const one = pointedAt.peek();
  if (one?.kind === "volume") look.value = { bounds: one.bounds };
  const now = currentFrame();
  if (one?.kind !== "track" || !now) return;
  const row = now.id.indexOf(one.ref.slice(6));
  const [lat, lon] = [now.frame.lat[row], now.frame.lon[row]];
  if (lat === undefined || lon === undefined) return;
  look.value = {
    bounds: [lon - TRACK_DEG, lat - TRACK_DEG, lon + TRACK_DEG, lat + TRACK_DEG],
  };
}

const KEYS: Record<string, () => void> = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(10),
  PageUp: () => move(-10),
  Home: () => move(-MOST_ENTRIES),
  End: () => move(MOST_ENTRIES),
  Enter: () => select(active.peek()),
  z: zoom,
};

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    event.preventDefault();
    document.getElementById("map")?.focus();
    return;
  }
  const run = KEYS[event.code === "KeyZ" ? "z" : event.key];
  if (!run) return;
  event.preventDefault();
  run();
}

export function InView() {
  const list = useRef<HTMLUListElement>(null);
  useKeys(t("map:view_title"), [
    { key: "v", says: t("map:view_open"), run: () => list.current?.focus() },
  ]);
  useEffect(() => {
    let last = 0;
    const stop = rested.subscribe(() => (last = 0));
    const timer = setInterval(() => {
      const due = focused.peek() ? FOCUSED_MS : RESTING_MS;
      if (document.hidden || performance.now() - last < due - 50) return;
      last = performance.now();
      refresh();
    }, FOCUSED_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  const focus = (on: boolean) => {
    focused.value = on;
    if (on) refresh();
    else pointedAt.value = null;
  };
  const at = entries.value.findIndex((one) => one.ref === active.value);
  useEffect(() => {
    if (focused.peek())
      document.getElementById(`inview-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div class="inview">
      <p class="inview-head" aria-hidden="true">
        {t("map:view_title")} <small>{t("map:view_hint")}</small>
      </p>
      <ul
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={t("map:view_title")}
        aria-describedby="inview-hint"
        aria-activedescendant={at >= 0 ? `inview-${at}` : undefined}
        onFocus={() => focus(true)}
        onBlur={() => focus(false)}
        onKeyDown={onKey}
      >
        {entries.value.map((one, n) => (
          <Row key={one.ref} entry={one} n={n} />
        ))}
      </ul>
      <p id="inview-hint" class="visually-hidden">
        {t("map:view_hint")}
      </p>
    </div>
  );
}

function Row({ entry, n }: { entry: Entry; n: number }) {
  const told = tell(entry);
  return (
    <li
      id={`inview-${n}`}
      role="option"
      class={entry.ref === active.value ? "active" : undefined}
      aria-selected={entry.ref === selected.value}
      data-ref={entry.ref}
      onMouseDown={(event) => {
        event.preventDefault();
        active.value = entry.ref;
        select(entry.ref);
      }}
    >
      {told && (
        <>
          {told.kind}{" "}
          <bdi>
            <strong>{told.name}</strong>
          </bdi>
          {told.rest.map((text, part) => (
            <>
              {t("map:view_comma")}
              <bdi key={part}>{text}</bdi>
            </>
          ))}
        </>
      )}
    </li>
  );
}
