// The height band as it is typed, what it is in metres above the ellipsoid, and what that rests on.
import { t, type Key } from "../i18n";
import { Field } from "../ui/parts";
import { geoid, pressure, UNITS, type Assumption, type Height, type Unit } from "./band";
import { Part } from "./Form";
import { change, read, words } from "./state";
import { airOf, type Lacking } from "./words";

const whole = (value: number): string => String(Math.round(value * 100) / 100);

export function Heights({ wrong }: { wrong: readonly Lacking[] }) {
  const said = words.value;
  const { floor, ceiling } = read.value;
  const put = (part: { floor?: string; ceiling?: string; unit?: Unit }) =>
    change({ ...part, own_heights: false });
  return (
    <Part number="7" title={t("notice:heights")}>
      {said.own_heights && <p class="told">{t("notice:own_heights")}</p>}
      <div class="row">
        <Limit name="floor" told={floor} wrong={wrong} onInput={(text) => put({ floor: text })} />
        <Limit
          name="ceiling"
          told={ceiling}
          wrong={wrong}
          onInput={(text) => put({ ceiling: text })}
        />
        <Field label={t("notice:unit")}>
          {(ids) => (
            <select
              {...ids}
              name="unit"
              value={said.unit}
              onChange={(event) => {
                const unit = UNITS.find((one) => one === event.currentTarget.value);
                if (unit) put({ unit });
              }}
            >
              {UNITS.map((one) => (
                <option key={one} value={one}>
                  {t(`notice:unit_${one}` as Key)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {wrong.includes("upside-down") && (
        <p class="refusal" role="alert">
          {t("notice:upside_down")}
        </p>
      )}
      <Echo floor={floor} ceiling={ceiling} />
    </Part>
  );
}

function Limit(props: {
  name: "floor" | "ceiling";
  told: Height;
  wrong: readonly Lacking[];
  onInput: (text: string) => void;
}) {
  const { wrong } = props.told;
  const shown = wrong && (wrong !== "empty" || props.wrong.includes("heights"));
  return (
    <Field
      label={t(`notice:${props.name}` as Key)}
      {...(shown && !words.value.own_heights ? { wrong: t(`notice:height_${wrong}` as Key) } : {})}
    >
      {(ids) => (
        <input
          {...ids}
          name={props.name}
          dir="ltr"
          size={9}
          autocomplete="off"
          value={words.value[props.name]}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Echo({ floor, ceiling }: { floor: Height; ceiling: Height }) {
  if (floor.wrong || ceiling.wrong || words.value.own_heights) return null;
  const assumed = [...new Set([...floor.assumed, ...ceiling.assumed])];
  return (
    <div class="told" role="status">
      <p class="echo mono" dir="ltr">
        {whole(floor.metres)}–{whole(ceiling.metres)} m WGS-84
      </p>
      {assumed.map((one) => (
        <p key={one}>{assumption(one)}</p>
      ))}
      {assumed.some((one) => one === "pressure" || one === "geoid") && (
        <Known pressed={assumed.includes("pressure")} />
      )}
    </div>
  );
}

function assumption(one: Assumption): string {
  const air = airOf(words.value);
  const sea = geoid(air);
  const now = pressure(air);
  return t(`notice:assumed_${one}` as Key, {
    low: whole(sea.low),
    high: whole(sea.high),
    qnh_low: whole(now.low),
    qnh_high: whole(now.high),
    error: Math.round(now.error * 100),
  });
}

/** What the officer knows of the air here makes the band narrower. */
function Known({ pressed }: { pressed: boolean }) {
  const one = (name: "qnh_low" | "qnh_high" | "undulation") => (
    <Field label={t(`notice:${name}` as Key)}>
      {(ids) => (
        <input
          {...ids}
          name={name}
          dir="ltr"
          size={6}
          value={words.value[name]}
          onInput={(event) => change({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <div class="row">
      {pressed && one("qnh_low")}
      {pressed && one("qnh_high")}
      {one("undulation")}
    </div>
  );
}
