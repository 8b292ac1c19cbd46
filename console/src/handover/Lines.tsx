// What is open and what is coming, as the node composed it: nobody can leave a line out.
import { useState } from "preact/hooks";
import type { ComingLine, OpenLine } from "../api/types";
import { t, word } from "../i18n";
import { health } from "../state/live";
import { select, selected } from "../state/url";
import { Button, Countdown, Empty, Time, Words } from "../ui/parts";
import { HOURS, hours, load, notes } from "./state";

const SHOWN = 60;
const SHAPES: Record<string, string> = { urgent: "▲", warning: "◆", advisory: "■", routine: "·" };

export function OpenLines({ lines, noting }: { lines: readonly OpenLine[]; noting: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, SHOWN);
  return (
    <section class="stack">
      <h3>{t("handover:open", { count: lines.length })}</h3>
      {lines.length === 0 && <Empty>{t("app:nothing")}</Empty>}
      <ul class="lines">
        {shown.map((line) => (
          <Line key={`${line.kind} ${line.ref}`} line={line} noting={noting} />
        ))}
      </ul>
      {shown.length < lines.length && <Button onClick={() => setAll(true)}>{t("app:more")}</Button>}
    </section>
  );
}

function Line({ line, noting }: { line: OpenLine; noting: boolean }) {
  const about = line.about[0] ?? line.ref;
  return (
    <li class={`line ${line.level} ${line.blocking ? "blocks" : ""}`}>
      <button
        type="button"
        class="open"
        aria-pressed={selected.value === about}
        onClick={() => select(about)}
      >
        <span class="level">
          <span aria-hidden="true">{SHAPES[line.level] ?? "·"}</span> {word("codes", line.level)}
        </span>
        <span class="kind">
          {word("handover", line.kind)}
          {line.state && `, ${word("codes", line.state)}`}
        </span>
        {line.due_ms >= 0 && <Countdown ms={line.due_ms} label={t("handover:due")} />}
        <Words text={line.words} />
      </button>
      {noting && (
        <input
          class="note"
          dir="auto"
          maxLength={1000}
          aria-label={t("handover:note", { ref: line.ref })}
          placeholder={t("handover:note_short")}
          value={notes.value[line.ref] ?? ""}
          onInput={(event) =>
            (notes.value = { ...notes.peek(), [line.ref]: event.currentTarget.value })
          }
        />
      )}
    </li>
  );
}

export function Coming({ lines }: { lines: readonly ComingLine[] }) {
  const zones = Object.values(health.value?.zones ?? {});
  return (
    <section class="stack">
      <h3 class="row">
        {t("handover:coming")}
        <select
          aria-label={t("handover:hours")}
          value={hours.value}
          onChange={(event) => {
            hours.value = Number(event.currentTarget.value);
            void load();
          }}
        >
          {HOURS.map((one) => (
            <option key={one} value={one}>
              {t("login:hours_of", { count: one })}
            </option>
          ))}
        </select>
      </h3>
      {lines.length === 0 && <Empty>{t("app:nothing")}</Empty>}
      <ol class="coming">
        {lines.slice(0, 100).map((line) => (
          <li key={`${line.at_ms} ${line.kind} ${line.ref}`}>
            <Time ms={line.at_ms} zones={zones} />{" "}
            <Countdown ms={line.at_ms} label={t("handover:until")} />
            <button type="button" class="open" onClick={() => select(line.ref)}>
              <span class="kind">{word("handover", line.kind)}</span> <Words text={line.words} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
