// The hotline: lines as tabs, the safety line first; the strategic line on a ground of its own.
import { t } from "../i18n";
import { health } from "../state/live";
import { place, set } from "../state/url";
import { Empty, Refusal } from "../ui/parts";
import { Calls } from "./Calls";
import { Checks } from "./Checks";
import { Conversation } from "./Conversation";
import { LineHead, LineTab } from "./LineHead";
import type { Line, LineName } from "./logic";
import { Outages } from "./Outages";
import { Papers } from "./Papers";
import { PersonCard } from "./PersonCard";
import { trouble, useLines } from "./store";
import { unread, unreadStrategic } from "./unread";

const LISTS = ["-calls", "-checks", "-outages"] as const;

export function HotlineRoom() {
  const lines = useLines();
  const first = lines.find((one) => one.line === "safety");
  const tab = place.value.params["tab"] ?? (first ? `safety.${first.party}` : "");
  const strategic = tab.startsWith("strategic.");
  return (
    <div class={`hotline ${strategic ? "on-strategic" : "on-safety"}`}>
      <h2 class="visually-hidden">{t("hotline:title")}</h2>
      <Tabs lines={lines} tab={tab} />
      <Refusal error={trouble.value} />
      <Shown lines={lines} tab={tab} />
      <PersonCard />
    </div>
  );
}

function Tabs({ lines, tab }: { lines: readonly Line[]; tab: string }) {
  return (
    <div class="line-tabs">
      <Group line="safety" lines={lines} tab={tab} news={unread.value} />
      <nav class="group papers" aria-label={t("hotline:other_side")}>
        <Tab id="papers" tab={tab}>
          {t("hotline:tab_papers")}
        </Tab>
      </nav>
      <Group line="strategic" lines={lines} tab={tab} news={unreadStrategic.value} />
    </div>
  );
}

function Group(props: { line: LineName; lines: readonly Line[]; tab: string; news: number }) {
  const { line, lines, tab, news } = props;
  const labels = {
    "-calls": t("hotline:tab_calls"),
    "-checks": t("hotline:tab_checks"),
    "-outages": t("hotline:tab_outages"),
  };
  return (
    <nav class={`group ${line}`} aria-label={t(`hotline:line_${line}`)}>
      <h3>
        {t(`hotline:line_${line}`)}
        {news > 0 && <small class="news">{t("hotline:unread", { count: news })}</small>}
      </h3>
      {lines
        .filter((one) => one.line === line)
        .map((one) => (
          <Tab key={one.party} id={`${line}.${one.party}`} tab={tab}>
            <LineTab line={one} />
          </Tab>
        ))}
      {LISTS.map((list) => (
        <Tab key={list} id={`${line}.${list}`} tab={tab}>
          {labels[list]}
        </Tab>
      ))}
    </nav>
  );
}

function Tab(props: { id: string; tab: string; children: preact.ComponentChildren }) {
  return (
    <button
      type="button"
      class="line-tab"
      aria-current={props.id === props.tab ? "page" : undefined}
      onClick={() => set({ tab: props.id }, false)}
    >
      {props.children}
    </button>
  );
}

function Shown({ lines, tab }: { lines: readonly Line[]; tab: string }) {
  if (tab === "papers") return <Papers />;
  const [line, what] = tab.split(/\.(.*)/s) as [LineName, string | undefined];
  const state = lines.find((one) => one.line === line && one.party === what);
  const heading = line === "strategic" && (
    <header class="apart">
      <h3>{t("hotline:strategic_heading")}</h3>
      <p>{t("hotline:strategic_apart")}</p>
    </header>
  );
  const view =
    what === "-calls" ? (
      <Calls key={tab} line={line} lines={lines} />
    ) : what === "-checks" ? (
      <Checks key={tab} line={line} lines={lines} />
    ) : what === "-outages" ? (
      <Outages key={tab} line={line} />
    ) : state ? (
      <>
        <LineHead line={state} />
        <Conversation key={tab} line={line} party={state.party} state={state} lines={lines} />
      </>
    ) : (
      <Empty>{health.value && lines.length === 0 ? t("app:loading") : t("hotline:no_line")}</Empty>
    );
  return (
    <section class={`line-room ${line}`} aria-label={t(`hotline:line_${line}`)}>
      {heading}
      {view}
    </section>
  );
}
