// What needs you: one list, most urgent first; the keys act on the row that is chosen, no other.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { items } from "../state/live";
import { may } from "../state/session";
import { open, select, selected } from "../state/url";
import { useKeys } from "../ui/keys";
import { Button, Empty } from "../ui/parts";
import { acknowledge, asking, busy, climb, firsts, rungOf } from "./acts";
import { Asked } from "./Asked";
import { Kept } from "./Kept";
import { step } from "./listing";
import { readBackFirst, shelvable } from "./model";
import { Rates } from "./Rates";
import { rowId, RowLine } from "./Row";
import {
  chosen,
  chosenRow,
  counts,
  drawn,
  PAGE,
  readList,
  rows,
  rules,
  sight,
  silence,
  startNeeds,
  tab,
  unseenOf,
  type Tab,
} from "./store";
import { tell } from "./telling";
import { Toasts } from "./Toasts";
import { session } from "../state/session";

export function Needs() {
  useEffect(startNeeds, []);
  return (
    <div class="needs-list">
      <header class="needs-head">
        <h2>{t("needs:title")}</h2>
        <Rates />
        <Tabs />
      </header>
      <Standing />
      {tab.value !== "standing" && <Kept list={tab.value} />}
      <Actions />
      <Asked />
      <Toasts />
    </div>
  );
}

const TAB_NAMES = {
  standing: "needs:tab_standing",
  shelved: "needs:tab_shelved",
  suppressed: "needs:tab_suppressed",
} as const;
const TABS: readonly Tab[] = ["standing", "shelved", "suppressed"];

function Tabs() {
  const { waiting, shelved, suppressed } = counts.value;
  const count = { standing: waiting, shelved, suppressed };
  return (
    <div class="needs-tabs" role="group" aria-label={t("needs:lists")}>
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={tab.value === one}
          onClick={() => (tab.value = one)}
        >
          {t(TAB_NAMES[one])} <b>{count[one]}</b>
        </button>
      ))}
    </div>
  );
}

/** Where the chosen row stood when it was last there. */
let was = 0;

function Standing() {
  const list = useRef<HTMLUListElement>(null);
  const key = chosen.value;
  const at = sight.value.findIndex((row) => row.key === key);
  if (at >= 0) was = at;
  const first = sight.value.slice(0, drawn.value);
  // What a key would act on is in sight, however far it sank.
  const shown = at >= drawn.value ? [...first, ...sight.value.slice(at, at + 1)] : first;
  useBoundKeys();
  useFollow(list);
  const gone = key !== "" && !rows.value.some((row) => row.key === key);
  const whole = tab.value === "standing";
  const behind = whole ? sight.value.length - shown.length + counts.value.behind : 0;
  return (
    <>
      {whole && sight.value.length === 0 && <Empty>{t("needs:empty")}</Empty>}
      <ul
        ref={list}
        class={whole ? "needs-rows" : "needs-rows urgent-only"}
        role="listbox"
        tabIndex={0}
        aria-label={t("needs:title")}
        aria-activedescendant={at >= 0 ? rowId(key) : undefined}
        onKeyDown={listKeys}
      >
        {shown.map((row) => (
          <RowLine
            key={row.key}
            row={row}
            chosen={row.key === key}
            first={firsts.value.get(row.key) ?? ""}
            busy={busy.value.has(row.key)}
            onChoose={choose}
            onOpen={openRow}
          />
        ))}
      </ul>
      {behind > 0 && (
        <Button tone="quiet" onClick={showMore}>
          {t("needs:more_rows", { count: behind })}
        </Button>
      )}
      {gone && <p class="gone">{t("needs:gone")}</p>}
    </>
  );
}

function choose(key: string): void {
  chosen.value = key;
  const row = rows.peek().find((one) => one.key === key);
  if (row && !row.other) select(row.ref);
}

function openRow(key: string): void {
  const row = rows.peek().find((one) => one.key === key);
  if (!row) return tell(t("needs:gone"), "told");
  if (row.other) {
    open(row.other.room, { ...row.other.params });
    return;
  }
  select(row.ref);
  open("item", { item: row.ref });
}

function showMore(): void {
  drawn.value += PAGE;
  if (drawn.peek() > rows.peek().length && counts.peek().behind > 0)
    void readList("standing").catch((error) => tell(String(error), "bad"));
}

/** What is selected elsewhere is chosen here; the chosen row is kept in sight. */
function useFollow(list: { current: HTMLUListElement | null }): void {
  const elsewhere = selected.value;
  useEffect(() => {
    if (elsewhere && rows.peek().some((row) => row.ref === elsewhere && !row.other))
      chosen.value = rows.peek().find((row) => row.ref === elsewhere)?.key ?? "";
  }, [elsewhere]);
  const key = chosen.value;
  useEffect(() => {
    const row = key && document.getElementById(rowId(key));
    if (row && list.current?.contains(row)) row.scrollIntoView({ block: "nearest" });
  }, [key]);
}

const move = (by: 1 | -1) => () => {
  chosen.value = step(sight.peek().slice(0, drawn.peek()), chosen.peek(), was, by);
  document.querySelector<HTMLElement>(".needs-rows")?.focus({ preventScroll: true });
};

/** Arrows and Enter belong to the list only while it has the focus. */
function listKeys(event: KeyboardEvent): void {
  const run = { ArrowDown: move(1), ArrowUp: move(-1), Enter: () => openRow(chosen.peek()) };
  const found = run[event.key as keyof typeof run];
  if (!found || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  found();
}

/** Acts on the chosen row alone; where there is none, the first that waits is chosen and no more. */
function onChosen(act: (row: NonNullable<typeof chosenRow.value>) => void) {
  return () => {
    const row = chosenRow.peek();
    if (row) return act(row);
    const gone = chosen.peek() && !rows.peek().some((one) => one.key === chosen.peek());
    if (gone) return tell(t("needs:gone"), "told");
    chosen.value = sight.peek().find((one) => one.waits)?.key ?? "";
  };
}

type RowOf = NonNullable<typeof chosenRow.value>;

const readIt = (row: RowOf): void => {
  const item = items.peek().get(row.ref);
  if (!item || !row.owed) return tell(t("needs:nothing_to_read"), "told");
  if (item.kind === "notice" && rungOf(row.ref) !== "received")
    asking.value = { what: "read-back", ref: row.ref };
  else void climb(row.ref, rungOf(row.ref) === "received" ? "read" : "read-back");
};

const readBack = (row: RowOf): void => {
  const item = items.peek().get(row.ref);
  if (!item || item.author === session.peek()?.party)
    return tell(t("needs:nothing_to_read"), "told");
  if (item.kind === "notice") asking.value = { what: "read-back", ref: row.ref };
  else readIt(row);
};

const accept = (row: RowOf): void => {
  const item = items.peek().get(row.ref);
  const party = session.peek()?.party ?? "";
  if (!item || item.author === party) return tell(t("needs:nothing_to_answer"), "told");
  if (readBackFirst(item, party, rules.peek()))
    asking.value = { what: "read-back", ref: row.ref, then: "accepted" };
  else void climb(row.ref, "accepted");
};

const withWords = (what: "objected" | "unable") => (row: RowOf) => {
  const item = items.peek().get(row.ref);
  if (!item || item.author === session.peek()?.party)
    return tell(t("needs:nothing_to_answer"), "told");
  asking.value = { what, ref: row.ref };
};

const shelveIt = (row: RowOf): void => {
  if (!row.alarms.some(shelvable)) return tell(t("needs:never_shelved"), "told");
  asking.value = { what: "shelve", ref: row.key };
};

function useBoundKeys(): void {
  const key = (name: string, says: string, run: () => void) => ({ key: name, says, run });
  const act = may("answer")
    ? [
        key(
          "a",
          t("needs:acknowledge"),
          onChosen((row) => void acknowledge(row)),
        ),
        key("r", t("needs:read_back"), onChosen(readBack)),
        key("c", t("needs:accept"), onChosen(accept)),
        key("o", t("needs:object"), onChosen(withWords("objected"))),
        key("u", t("needs:unable"), onChosen(withWords("unable"))),
        key("s", t("needs:shelve"), onChosen(shelveIt)),
      ]
    : [];
  useKeys(
    t("needs:title"),
    [
      key("j", t("needs:down"), move(1)),
      key("k", t("needs:up"), move(-1)),
      ...act,
      key("m", t("needs:silence"), silence),
    ],
    [],
  );
}

/** The same by a touch: what the chosen row can be answered with. */
function Actions() {
  const row = chosenRow.value;
  const item = useComputed(() => items.value.get(chosenRow.value?.ref ?? ""));
  const last = useSignal("");
  if (row && last.peek() !== row.key) last.value = row.key;
  if (!row || !may("answer")) return <div class="needs-actions" />;
  const others = item.value && item.value.author !== session.value?.party;
  const run = (act: (row: RowOf) => void) => () => act(row);
  return (
    <div class="needs-actions" role="toolbar" aria-label={t("needs:actions")}>
      {unseenOf(row).length > 0 && (
        <Button tone="main" hotkey="a" onClick={run((one) => void acknowledge(one))}>
          {t("needs:acknowledge")}
        </Button>
      )}
      {others && (
        <>
          <Button hotkey="r" onClick={run(readBack)}>
            {t("needs:read_back")}
          </Button>
          <Button hotkey="c" tone="main" onClick={run(accept)}>
            {t("needs:accept")}
          </Button>
          <Button hotkey="o" onClick={run(withWords("objected"))}>
            {t("needs:object")}
          </Button>
          <Button hotkey="u" onClick={run(withWords("unable"))}>
            {t("needs:unable")}
          </Button>
        </>
      )}
      {row.alarms.some(shelvable) && (
        <Button hotkey="s" onClick={run(shelveIt)}>
          {t("needs:shelve")}
        </Button>
      )}
      <Button hotkey="Enter" onClick={() => openRow(row.key)}>
        {t("needs:open")}
      </Button>
    </div>
  );
}
