// One row of what needs somebody: shape and word of its priority, what, who, how long.
import { useComputed } from "@preact/signals";
import { memo } from "./memo";
import type { Alarmed, Priority } from "../api/types";
import { t, word } from "../i18n";
import { now } from "../state/clock";
import { Countdown, Marking, Words } from "../ui/parts";
import { span, zulu } from "../ui/time";
import { shownAlarms } from "./acts";
import { unseen, type Owed, type Row } from "./model";

interface Props {
  row: Row;
  chosen: boolean;
  first: string;
  busy: boolean;
  onChoose: (key: string) => void;
  onOpen: (key: string) => void;
}

export const rowId = (key: string): string => `need-${encodeURIComponent(key)}`;

export const RowLine = memo(function RowLine(props: Props) {
  const { row, chosen } = props;
  const shown = shownAlarms(row);
  const classes = ["need", row.priority, row.waits ? "waits" : "seen", chosen && "chosen"];
  return (
    <li
      id={rowId(row.key)}
      role="option"
      aria-selected={chosen}
      aria-busy={props.busy}
      class={classes.filter(Boolean).join(" ")}
      data-key={row.key}
      onClick={() => props.onChoose(row.key)}
      onDblClick={() => props.onOpen(row.key)}
    >
      <div class="head">
        <Shape priority={row.priority} />
        <b class="kind">{word("codes", row.kind)}</b>
        <bdi class="subject" dir="ltr">
          {row.ref.includes(":") ? row.ref.slice(row.ref.indexOf(":") + 1) : row.ref}
        </bdi>
        {row.exercise && <span class="tag exercise">{t("app:exercise")}</span>}
        <Marking marking={row.marking} />
        <span class="due">
          {row.due_ms !== null && <Countdown ms={row.due_ms} label={t("needs:time_left")} />}
        </span>
      </div>
      {row.owed && <OwedLine owed={row.owed} who={row.who} />}
      {row.late.map((one) => (
        <p key={one.party} class="line late">
          {t("needs:late", { party: one.party, rung: word("codes", one.rung) })}
        </p>
      ))}
      {row.other && <p class="line owed">{otherText(row)}</p>}
      {row.words && (
        <div class="line said">
          <Words text={clipped(row.words)} />
        </div>
      )}
      {shown.map((alarm) => (
        <AlarmLine key={alarm.key} alarm={alarm} alone={row.alarms.length === 1} kind={row.kind} />
      ))}
      {row.alarms.length > shown.length && (
        <p class="line more">
          {t("needs:more_alarms", { count: row.alarms.length - shown.length })}
        </p>
      )}
      {props.first && (
        <p class="line first" dir="auto">
          {props.first}
        </p>
      )}
      <div class="foot">
        {row.who && <span dir="auto">{row.who}</span>}
        {row.place && <bdi dir="ltr">{row.place}</bdi>}
        {Number.isFinite(row.since_ms) && <Age ms={row.since_ms} />}
      </div>
    </li>
  );
});

const LONGEST = 280;
/** A row is a glance; all of it stands in the room. */
const clipped = (text: string): string =>
  text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;

function Shape({ priority }: { priority: Priority }) {
  return (
    <span class={`priority ${priority}`}>
      <i class="shape" aria-hidden="true" />
      {word("codes", priority)}
    </span>
  );
}

function OwedLine({ owed, who }: { owed: Owed; who: string }) {
  return (
    <p class="line owed">{t("needs:owed", { rung: word("codes", `owes-${owed.rung}`), who })}</p>
  );
}

function otherText(row: Row): string {
  if (row.other?.kind === "draft") return t("needs:draft_waits", { who: row.who });
  if (row.other?.kind === "handover") return t("needs:handover_offered", { who: row.who });
  return t("needs:paper_waits", { state: row.other?.state ?? "" });
}

function AlarmLine({ alarm, alone, kind }: { alarm: Alarmed; alone: boolean; kind: string }) {
  const { finding } = alarm;
  return (
    <div class={unseen(alarm) ? "line alarm unseen" : "line alarm"}>
      {alarm.first_out && !alone && <span class="tag first-out">{t("needs:first_out")}</span>}
      {!(alone && kind === finding.kind) && <b>{word("codes", finding.kind)} </b>}
      <small dir="auto">
        {stateOf(alarm)}
        {alarm.count > 1 && ` · ${t("needs:times", { count: alarm.count })}`}
        {alarm.escalations > 0 && ` · ${t("needs:escalated", { count: alarm.escalations })}`}
      </small>
      <Words text={clipped(finding.text)} />
    </div>
  );
}

function stateOf(alarm: Alarmed): string {
  if (alarm.state === "acknowledged")
    return t("needs:acknowledged_by", {
      who: alarm.acknowledged_by,
      at: alarm.acknowledged ? zulu(Date.parse(alarm.acknowledged)) : "",
    });
  if (alarm.shelved_until)
    return t("needs:shelved_by", {
      who: alarm.shelved_by,
      until: zulu(Date.parse(alarm.shelved_until)),
      reason: alarm.shelf_reason,
    });
  return word("codes", alarm.state);
}

/** How long ago, to the minute; it changes once a minute. */
function Age({ ms }: { ms: number }) {
  const text = useComputed(() => {
    const minutes = Math.floor((now.value - ms) / 60_000);
    return minutes < 60
      ? `${Math.max(minutes, 0)} min`
      : span(minutes * 60_000).slice(0, -3) + " h";
  });
  return (
    <span class="age" dir="ltr" title={zulu(ms, true)}>
      {text}
    </span>
  );
}
