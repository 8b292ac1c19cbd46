// When: typed in Zulu or a party's time, or by one touch; told in Zulu and in each party's own time.
import { t, type Key } from "../i18n";
import { Button, Field } from "../ui/parts";
import { local, zulu } from "../ui/time";
import { Part } from "./Form";
import { change, lasts, read, window_, words, zones } from "./state";
import type { When } from "./when";
import type { Lacking } from "./words";

const LASTS = [15, 30, 60] as const;

export function Window({ wrong }: { wrong: readonly Lacking[] }) {
  const { start, end } = read.value;
  const minutes = lasts.value ?? 30;
  return (
    <Part number="8" title={t("notice:times")}>
      {words.value.own_times && <p class="told">{t("notice:own_times")}</p>}
      <div class="row" role="group" aria-label={t("notice:presets")}>
        <Button onClick={() => window_(minutes)}>{t("notice:from_lead")}</Button>
        {LASTS.map((one) => (
          <Button
            key={one}
            aria-pressed={lasts.value === one}
            onClick={() => window_(one, "start")}
          >
            {t("notice:minutes", { count: one })}
          </Button>
        ))}
      </div>
      <div class="row">
        <Moment name="start" told={start} asked={wrong.includes("start")} />
        <Moment name="end" told={end} asked={wrong.includes("end")} />
      </div>
      {wrong.includes("backwards") && (
        <p class="refusal" role="alert">
          {t("notice:backwards")}
        </p>
      )}
      <Echo start={start} end={end} />
    </Part>
  );
}

function Moment(props: { name: "start" | "end"; told: When; asked: boolean }) {
  const { wrong } = props.told;
  const shown = wrong && !words.value.own_times && (wrong !== "empty" || props.asked);
  const [party = "blue"] = Object.keys(zones.value);
  return (
    <Field
      label={t(`notice:${props.name}` as Key)}
      {...(shown
        ? {
            wrong: t(`notice:when_${wrong.replace("-", "_")}` as Key, {
              typed: words.value[props.name],
              party,
            }),
          }
        : {})}
    >
      {(ids) => (
        <input
          {...ids}
          name={props.name}
          dir="ltr"
          size={12}
          autocomplete="off"
          spellcheck={false}
          value={words.value[props.name]}
          placeholder={`10:00Z, 13:00 ${party}, +30`}
          onInput={(event) => change({ [props.name]: event.currentTarget.value, own_times: false })}
        />
      )}
    </Field>
  );
}

/** The window as every party reads it off its own clock. */
function Echo({ start, end }: { start: When; end: When }) {
  if (start.wrong || end.wrong || words.value.own_times) return null;
  return (
    <dl class="echo" dir="ltr">
      <div>
        <dt>Z</dt>
        <dd class="mono">
          {zulu(start.ms, true)} – {zulu(end.ms, true)}
        </dd>
      </div>
      {Object.entries(zones.value).map(([party, zone]) => (
        <div key={party}>
          <dt>{party}</dt>
          <dd class="mono">
            {local(start.ms, zone)} – {local(end.ms, zone)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
