// A call just made or taken: start and stop take the times; then who spoke and what was said.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { now, nowMs } from "../state/clock";
import { session } from "../state/session";
import { Button, Field, Refusal } from "../ui/parts";
import { span } from "../ui/time";
import { useAct } from "./acting";
import { Files } from "./Details";
import { parseZulu, zuluText, type FileHash, type Line, type LineName } from "./logic";
import { me, say } from "./store";

interface Clock {
  began: string;
  ended: string;
  running_ms: number;
}

const still: Clock = { began: "", ended: "", running_ms: -1 };
/** Of each line; it goes on while the officer looks elsewhere. */
const clocks: Record<LineName, ReturnType<typeof newClock>> = {
  safety: newClock(),
  strategic: newClock(),
};
function newClock() {
  return signal<Clock>(still);
}

export function CallForm({ line, lines }: { line: LineName; lines: readonly Line[] }) {
  const parties = lines.filter((one) => one.line === line).map((one) => one.party);
  const clock = clocks[line];
  const [party, setParty] = useState(parties[0] ?? "");
  const [ours, setOurs] = useState(true);
  const [answered, setAnswered] = useState(true);
  const [speakers, setSpeakers] = useState(session.peek()?.name ?? "");
  const [summary, setSummary] = useState("");
  const [files, setFiles] = useState<readonly FileHash[]>([]);
  const act = useAct();
  const other = party || parties[0] || "";
  const began = parseZulu(clock.value.began);
  const ended = clock.value.ended ? parseZulu(clock.value.ended) : -1;
  const ready = other !== "" && began !== null && ended !== null && (answered || ended >= 0);
  const log = () =>
    act.run(async () => {
      const content = {
        line,
        by: ours ? me() : other,
        parties: [me(), other].sort(),
        began_ms: began,
        ended_ms: ended,
        answered,
        speakers: answered
          ? speakers
              .split("\n")
              .map((one) => one.trim())
              .filter(Boolean)
          : [],
        summary: summary.trim(),
        recordings: files,
      };
      await say("call", { content }, [other]);
      clock.value = still;
      setSummary("");
      setFiles([]);
    });
  return (
    <form
      class="call-form stack"
      aria-label={t("hotline:log_call")}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void log();
      }}
    >
      <h4>{t("hotline:log_call")}</h4>
      <Timer line={line} />
      {clock.value.began !== "" && (
        <>
          <div class="row">
            <label class="row">
              {t("hotline:with")}
              <select value={other} onChange={(event) => setParty(event.currentTarget.value)}>
                {parties.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
            <label class="row">
              <input type="radio" name="caller" checked={ours} onChange={() => setOurs(true)} />
              {t("hotline:we_called")}
            </label>
            <label class="row">
              <input type="radio" name="caller" checked={!ours} onChange={() => setOurs(false)} />
              {t("hotline:they_called")}
            </label>
            <label class="row">
              <input
                type="checkbox"
                checked={answered}
                onChange={(event) => setAnswered(event.currentTarget.checked)}
              />
              {t("hotline:was_taken")}
            </label>
          </div>
          {answered && (
            <Field label={t("hotline:speakers")} hint={t("hotline:speakers_hint")}>
              {(ids) => (
                <textarea
                  {...ids}
                  dir="auto"
                  rows={2}
                  value={speakers}
                  onInput={(event) => setSpeakers(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
          <Field label={t("hotline:what_was_said")}>
            {(ids) => (
              <textarea
                {...ids}
                dir="auto"
                rows={3}
                value={summary}
                onInput={(event) => setSummary(event.currentTarget.value)}
              />
            )}
          </Field>
          <Files files={files} onFiles={setFiles} />
          <p class="row">
            <Button type="submit" tone="main" disabled={!ready || act.busy}>
              {t("hotline:log_it")}
            </Button>
            {began === null && <small class="told">{t("hotline:start_first")}</small>}
          </p>
        </>
      )}
      <Refusal error={act.error} />
    </form>
  );
}

/** No sound is recorded: the buttons take the times only. */
function Timer({ line }: { line: LineName }) {
  const clock = clocks[line];
  const { began, ended, running_ms } = clock.value;
  const start = () => {
    const at_ms = nowMs();
    clock.value = { began: zuluText(at_ms), ended: "", running_ms: at_ms };
  };
  const stop = () => (clock.value = { ...clock.value, ended: zuluText(nowMs()), running_ms: -1 });
  const running = running_ms >= 0;
  return (
    <div class="row timer">
      <Button tone={running ? "danger" : "main"} onClick={running ? stop : start}>
        {running ? t("hotline:stop_clock") : t("hotline:start_clock")}
      </Button>
      {running && (
        <strong class="countdown" role="timer" dir="ltr">
          {span(Math.max(0, now.value - running_ms))}
        </strong>
      )}
      <label class="row">
        {t("hotline:began")}
        <input
          dir="ltr"
          class="mono"
          placeholder="2018-09-17 19:03:05Z"
          value={began}
          onInput={(event) => (clock.value = { ...clock.value, began: event.currentTarget.value })}
        />
      </label>
      <label class="row">
        {t("hotline:ended")}
        <input
          dir="ltr"
          class="mono"
          placeholder={t("hotline:lasts_still")}
          value={ended}
          onInput={(event) => (clock.value = { ...clock.value, ended: event.currentTarget.value })}
        />
      </label>
      <small class="told">{t("hotline:no_sound")}</small>
    </div>
  );
}
