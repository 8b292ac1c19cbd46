// How one line is: its state in a shape and a word, why, and when a person was heard last.
import { t, word } from "../i18n";
import { Countdown, Time } from "../ui/parts";
import { now } from "../state/clock";
import { span } from "../ui/time";
import { useChecks } from "./checking";
import { CheckPrompt } from "./CheckPrompt";
import type { Line } from "./logic";

export const STATE_SHAPES: Record<string, string> = {
  up: "●",
  back: "◐",
  degraded: "▲",
  out: "✖",
  unknown: "○",
};

/** What a tab shows of a line. */
export function LineTab({ line }: { line: Line }) {
  return (
    <span class={`line-state ${line.state}`}>
      <strong dir="auto">{line.party}</strong>{" "}
      <span>
        <span aria-hidden="true">{STATE_SHAPES[line.state] ?? "○"}</span>{" "}
        {word("hotline", `short_${line.state}`)}
      </span>
    </span>
  );
}

export function LineHead({ line }: { line: Line }) {
  const { waiting, next_ms } = useChecks(line.line, line.party);
  return (
    <header class="line-head">
      <p class={`line-state ${line.state}`}>
        <span aria-hidden="true">{STATE_SHAPES[line.state] ?? "○"}</span>{" "}
        <strong>
          {t("hotline:line_with", { party: line.party })}: {word("hotline", `state_${line.state}`)}
        </strong>
        {line.since_ms >= 0 && (
          <>
            {" "}
            {t("hotline:since")} <Time ms={line.since_ms} />
          </>
        )}
      </p>
      <Heard line={line} next_ms={next_ms} />
      {line.causes.map((cause) => (
        <p key={cause.what + cause.ref} class="cause">
          {t(`hotline:cause_${cause.what as "report" | "check" | "link"}`, {
            by: cause.by,
            state: word("hotline", `state_${cause.state}`),
          })}{" "}
          {cause.since_ms >= 0 && <Time ms={cause.since_ms} />}
        </p>
      ))}
      {line.state !== "up" && line.fallback && (
        <p class="fallback">
          {t("hotline:fallback")} <bdi>{line.fallback}</bdi>
        </p>
      )}
      {waiting.map((check) => (
        <CheckPrompt key={check.ref} check={check} />
      ))}
    </header>
  );
}

function Heard({ line, next_ms }: { line: Line; next_ms: number }) {
  return (
    <p class="heard">
      {line.heard_ms >= 0 ? (
        <span>
          {t("hotline:last_heard")} <Time ms={line.heard_ms} /> <Ago ms={line.heard_ms} />
        </span>
      ) : (
        <span>{t("hotline:never_heard")}</span>
      )}
      {line.answered_ms >= 0 && (
        <span>
          {t("hotline:last_answered")} <Time ms={line.answered_ms} />
        </span>
      )}
      <span>
        {next_ms >= 0 ? (
          <>
            {t("hotline:next_check")} <Time ms={next_ms} />{" "}
            <Countdown ms={next_ms} label={t("hotline:next_check")} />
          </>
        ) : (
          t("hotline:no_timer")
        )}
      </span>
    </p>
  );
}

const Ago = ({ ms }: { ms: number }) => (
  <small>{t("hotline:ago", { span: span(Math.max(0, now.value - ms)) })}</small>
);
