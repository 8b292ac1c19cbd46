// Comms checks of one line: start one, answer one, and how long each took to be heard.
import { useState } from "preact/hooks";
import { t, word } from "../i18n";
import { may } from "../state/session";
import { now } from "../state/clock";
import { Button, Countdown, Empty, Refusal, Time } from "../ui/parts";
import { span } from "../ui/time";
import { useAct } from "./acting";
import { ask, checkOf, dueMs, useAllChecks } from "./checking";
import { CheckPrompt } from "./CheckPrompt";
import type { Heard, Line, LineName, Paper } from "./logic";
import { me } from "./store";

const DUE_S = [60, 300, 900];

export function Checks({ line, lines }: { line: LineName; lines: readonly Line[] }) {
  const all = useAllChecks().filter((one) => checkOf(one).line === line);
  const parties = lines.filter((one) => one.line === line).map((one) => one.party);
  const waiting = all.filter(
    (one) =>
      !one.withdrawn &&
      one.author !== me() &&
      one.heard.some((heard) => heard.party === me() && heard.rung === "received"),
  );
  return (
    <div class="checks stack">
      {waiting.map((one) => (
        <CheckPrompt key={one.ref} check={one} />
      ))}
      {may("talk") && <Ask line={line} parties={parties} />}
      <h4>{t("hotline:checks")}</h4>
      {all.length === 0 && <Empty>{t("hotline:no_checks")}</Empty>}
      <ol class="rows">
        {all.map((one) => (
          <Check key={one.ref} check={one} />
        ))}
      </ol>
    </div>
  );
}

function Ask({ line, parties }: { line: LineName; parties: readonly string[] }) {
  const [due, setDue] = useState(DUE_S[1] ?? 300);
  const act = useAct();
  return (
    <div>
      <p class="row">
        {parties.map((party) => (
          <Button
            key={party}
            tone="main"
            disabled={act.busy}
            onClick={() => void act.run(() => ask(line, [party], due))}
          >
            {t("hotline:check_start", { party })}
          </Button>
        ))}
        <label class="row">
          {t("hotline:check_within")}
          <select value={due} onChange={(event) => setDue(Number(event.currentTarget.value))}>
            {DUE_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {t("hotline:minutes", { count: seconds / 60 })}
              </option>
            ))}
          </select>
        </label>
      </p>
      <Refusal error={act.error} />
    </div>
  );
}

function Check({ check }: { check: Paper }) {
  return (
    <li class="check">
      <p class="row">
        <strong>
          {t("hotline:check_number", { party: check.author, number: checkOf(check).number })}
        </strong>
        <Time ms={check.at_ms} full />
        <code dir="ltr">{check.ref}</code>
        {check.withdrawn && <em>{t("hotline:check_replaced")}</em>}
      </p>
      <ul>
        {check.heard.map((one) => (
          <li key={one.party}>
            <Answer check={check} one={one} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function Answer({ check, one }: { check: Paper; one: Heard }) {
  const heardMs = one.answered_ms >= 0 ? one.answered_ms : one.read_ms;
  const due = dueMs(check);
  if (heardMs >= 0)
    return (
      <span class={/^(objected|unable)$/.test(one.rung) ? "wrong" : "good"}>
        <bdi>{one.party}</bdi>:{" "}
        {/^(objected|unable)$/.test(one.rung) ? word("codes", one.rung) : t("hotline:heard_us")}{" "}
        <Time ms={heardMs} full />{" "}
        {t("hotline:after", { span: span(Math.max(0, heardMs - check.at_ms)) })}{" "}
        <bdi>{one.person}</bdi>
      </span>
    );
  if (check.withdrawn) return <bdi>{one.party}</bdi>;
  return (
    <span class={now.value > due ? "wrong" : ""}>
      <bdi>{one.party}</bdi>:{" "}
      {now.value > due ? t("hotline:check_missed") : t("hotline:check_waits")}{" "}
      <Countdown ms={due} label={t("hotline:check_due")} />
    </span>
  );
}
