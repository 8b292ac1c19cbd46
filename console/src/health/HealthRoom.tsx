// The health of the mechanism: charts and figures of a period, each direction beside the other.
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { useMarkings } from "../state/marking";
import { Button, Field, Marking, Refusal, Time } from "../ui/parts";
import { Charts } from "./Charts";
import { Figures } from "./Figures";
import { NodeHealth } from "./NodeHealth";
import { days, failure, load, measured, period, PERIODS } from "./state";

export function HealthRoom() {
  useEffect(() => void load(), []);
  const found = measured.value;
  useMarkings([found?.marking ?? ""]);
  return (
    <div class="stack health">
      <header class="row">
        <h2>{t("health:title")}</h2>
        <Field label={t("health:period")}>
          {(ids) => (
            <select
              {...ids}
              value={days.value}
              onChange={(event) => {
                days.value = Number(event.currentTarget.value);
                void load();
              }}
            >
              {PERIODS.map((count) => (
                <option key={count} value={count}>
                  {t("health:days", { count })}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Button onClick={() => void load()}>{t("health:again")}</Button>
        <Packs />
      </header>
      <Refusal error={failure.value} />
      {found && (
        <>
          <p class="row">
            <Marking marking={found.marking} />
            <span>
              <Time ms={found.period.from_ms} full /> – <Time ms={found.period.until_ms} full />
            </span>
          </p>
          <Charts />
          <Figures found={found} />
        </>
      )}
      <NodeHealth />
    </div>
  );
}

/** The review pack of the same period, as the other party may be shown it. */
function Packs() {
  const { from, until } = period.value;
  const query = new URLSearchParams({ from, until }).toString();
  return (
    <span class="row packs">
      <a href={`/v1/packs/review.html?${query}`} target="_blank" rel="noopener noreferrer">
        {t("health:pack_html")}
      </a>
      <a href={`/v1/packs/review.pdf?${query}`} target="_blank" rel="noopener noreferrer">
        {t("health:pack_pdf")}
      </a>
    </span>
  );
}
