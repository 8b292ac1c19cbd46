// Play, pause, speed and jumps; the instant under the cursor in Zulu and each party's own time.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t, type Key } from "../i18n";
import { health } from "../state/live";
import { useKeys } from "../ui/keys";
import { Button, Field } from "../ui/parts";
import { local, zulu } from "../ui/time";
import { readJump, type Timeline } from "./model";
import {
  asKnown,
  cursor,
  end,
  faster,
  jump,
  knowAsThen,
  moveTo,
  playing,
  replaying,
  SPEEDS,
  speed,
  toggle,
} from "./replay";

/** Space presses what has the focus where that is a button. */
function spaceBar(): void {
  const at = document.activeElement;
  if (at instanceof HTMLElement && at.matches("button, summary, a")) at.click();
  else toggle();
}

export function Player({ found }: { found: Timeline }) {
  useKeys(
    t("incident:replay"),
    [
      { key: " ", says: t("incident:play_pause"), run: spaceBar },
      { key: ",", says: t("incident:previous"), run: () => jump(-1) },
      { key: ".", says: t("incident:next"), run: () => jump(1) },
      { key: "<", says: t("incident:slower"), run: () => faster(-1) },
      { key: ">", says: t("incident:faster"), run: () => faster(1) },
      { key: "Home", says: t("incident:to_start"), run: () => moveTo(found.from_ms) },
      { key: "End", says: t("incident:to_end"), run: () => moveTo(found.until_ms) },
    ],
    [found],
  );
  return (
    <>
      <div class="row player">
        <Button hotkey="," aria-label={t("incident:previous")} onClick={() => jump(-1)}>
          <span aria-hidden="true">|◀</span>
        </Button>
        <Button tone="main" class="play" aria-pressed={playing.value} hotkey="␣" onClick={toggle}>
          <span aria-hidden="true">{playing.value ? "❚❚" : "▶"}</span>{" "}
          {playing.value ? t("incident:pause") : t("incident:play")}
        </Button>
        <Button hotkey="." aria-label={t("incident:next")} onClick={() => jump(1)}>
          <span aria-hidden="true">▶|</span>
        </Button>
        <select
          aria-label={t("incident:speed")}
          value={speed.value}
          onChange={(event) => (speed.value = Number(event.currentTarget.value))}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {`${one}×`}
            </option>
          ))}
        </select>
        <Shown />
      </div>
      <div class="row jumps">
        <Jump found={found} />
        <label class="row">
          <input
            type="checkbox"
            checked={asKnown.value}
            onChange={(event) => knowAsThen(event.currentTarget.checked)}
          />
          {t("incident:as_known")}
        </label>
        {replaying.value && <Button onClick={end}>{t("app:back_to_live")}</Button>}
      </div>
    </>
  );
}

/** Written straight into its text: nothing else is drawn again while it plays. */
function Shown() {
  const ms = Math.round(cursor.value / 1000) * 1000;
  return (
    <span class={replaying.value ? "instant on" : "instant"} dir="ltr">
      <strong>{zulu(ms, true)}</strong>
      {Object.entries(health.value?.zones ?? {}).map(([party, zone]) => (
        <small key={party}>
          {party} {local(ms, zone)}
        </small>
      ))}
    </span>
  );
}

function Jump({ found }: { found: Timeline }) {
  const text = useSignal("");
  const wrong = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const go = (event: Event) => {
    event.preventDefault();
    const read = readJump(text.peek(), found.from_ms, health.peek()?.zones ?? {});
    if (read.wrong) {
      const values = { typed: text.peek(), party: found.party };
      wrong.value = t(`notice:when_${read.wrong.replace("-", "_")}` as Key, values);
    } else if (read.ms < found.from_ms || read.ms > found.until_ms) {
      wrong.value = t("incident:outside", {
        from: zulu(found.from_ms, true),
        until: zulu(found.until_ms, true),
      });
    } else {
      wrong.value = "";
      moveTo(read.ms);
    }
    if (wrong.peek()) field.current?.focus();
  };
  return (
    <form class="row jump" onSubmit={go}>
      <Field label={t("incident:jump")} {...(wrong.value ? { wrong: wrong.value } : {})}>
        {(ids) => (
          <input
            {...ids}
            ref={field}
            dir="ltr"
            size={12}
            placeholder="18:39Z"
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit">{t("incident:go")}</Button>
    </form>
  );
}
