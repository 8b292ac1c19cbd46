// When a line was not up: what either side reported, and what our own couriers met; and a report.
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { t, word } from "../i18n";
import { now } from "../state/clock";
import { may } from "../state/session";
import { Button, Empty, Refusal, Time } from "../ui/parts";
import { span } from "../ui/time";
import { useAct } from "./acting";
import { STATE_SHAPES } from "./LineHead";
import { useListing } from "./listing";
import type { LineName, Outage } from "./logic";
import { nowMs } from "../state/clock";
import { amend, lines, me, say } from "./store";

const DAYS = 31;
const ROWS = 100;

export function Outages({ line }: { line: LineName }) {
  const [found, setFound] = useState<readonly Outage[] | null>(null);
  const act = useAct();
  const reports = useListing("line-report");
  const states = lines.value.map((one) => one.state).join();
  useEffect(() => {
    const since = new Date(now.peek() - DAYS * 86_400_000).toISOString();
    void act.run(async () => {
      setFound((await get<{ outages: Outage[] }>("/v1/hotline/outages", { since })).outages);
    });
  }, [reports.papers, states]);
  const shown = (found ?? [])
    .filter((one) => one.line === line || one.line === "")
    .reverse()
    .slice(0, ROWS);
  const ours = reports.papers.find((one) => {
    const { line: of, state } = one.content as { line?: string; state?: string };
    return one.author === me() && of === line && state !== "up" && !one.withdrawn;
  });
  return (
    <div class="outages stack">
      {may("talk") && <Report line={line} open={ours ? { ref: ours.ref } : null} />}
      <h4>{t("hotline:outages", { count: DAYS })}</h4>
      <Refusal error={act.error} />
      {found && shown.length === 0 && <Empty>{t("hotline:no_outages")}</Empty>}
      <ol class="rows">
        {shown.map((one) => (
          <li key={`${one.ref}${one.line}${one.from_ms}${one.by}`} class="outage">
            <p class="row">
              <strong class={`line-state ${one.state}`}>
                <span aria-hidden="true">{STATE_SHAPES[one.state] ?? "○"}</span>{" "}
                {one.line ? word("hotline", `state_${one.state}`) : t("hotline:link_was_down")}
              </strong>
              <bdi>{one.parties.join(" – ")}</bdi>
              <span dir="ltr">
                <Time ms={one.from_ms} full /> <span aria-hidden="true">→</span>{" "}
                {one.until_ms >= 0 ? (
                  <Time ms={one.until_ms} full />
                ) : (
                  <bdi>{t("hotline:lasts_still")}</bdi>
                )}
              </span>
              <strong dir="ltr">
                {one.until_ms >= 0 ? span(one.until_ms - one.from_ms) : <Since ms={one.from_ms} />}
              </strong>
              <span>{t("hotline:word_of", { party: one.by })}</span>
              {one.fallback && (
                <span>
                  {t("hotline:fallback")} <bdi>{one.fallback}</bdi>
                </span>
              )}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}

const Since = ({ ms }: { ms: number }) => <>{span(Math.max(0, now.value - ms))}</>;

/** We say how the line is: one report is one outage, until it is up again. */
function Report({ line, open }: { line: LineName; open: { ref: string } | null }) {
  const [fallback, setFallback] = useState("");
  const act = useAct();
  const tell = (state: "up" | "degraded" | "out") =>
    act.run(() => {
      const up = state === "up";
      const content = { line, state, since_ms: nowMs(), fallback: up ? "" : fallback.trim() };
      return open ? amend(open.ref, content) : say("line-report", { content }, partiesOf(line));
    });
  const needs = fallback.trim() === "";
  return (
    <div class="report">
      <p class="row">
        <label class="row">
          {t("hotline:fallback")}
          <input
            dir="auto"
            placeholder="VHF 121.500"
            value={fallback}
            onInput={(event) => setFallback(event.currentTarget.value)}
          />
        </label>
        <Button disabled={needs || act.busy} onClick={() => void tell("degraded")}>
          {t("hotline:report_degraded")}
        </Button>
        <Button disabled={needs || act.busy} onClick={() => void tell("out")}>
          {t("hotline:report_out")}
        </Button>
        {open && (
          <Button tone="main" disabled={act.busy} onClick={() => void tell("up")}>
            {t("hotline:report_up")}
          </Button>
        )}
      </p>
      <Refusal error={act.error} />
    </div>
  );
}

const partiesOf = (line: LineName): string[] =>
  lines
    .peek()
    .filter((one) => one.line === line)
    .map((one) => one.party);
