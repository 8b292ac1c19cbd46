// How our own node is: log, witnesses, feeds, and how many alarms an officer is asked to bear.
import { t, word } from "../i18n";
import { health, watch } from "../state/live";
import { Time, Words } from "../ui/parts";
import { number } from "../ui/time";

export function NodeHealth() {
  const state = health.value;
  if (!state) return null;
  return (
    <section class="stack node">
      <h3>{t("health:node")}</h3>
      <dl class="pairs">
        <Pair name={t("health:log")} value={number(state.log_size)} />
        <Pair name={t("health:cosigned")} value={number(state.witnessed.size)} />
        <Pair name={t("health:items")} value={number(state.open_items)} />
        <Pair name={t("health:exhibits")} value={number(state.exhibits)} />
        <Pair name={t("health:suspicions")} value={number(state.suspicions)} />
      </dl>
      <Rates />
      <Feeds />
    </section>
  );
}

const Pair = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd dir="ltr">{value}</dd>
  </div>
);

/** Alarms against what people can bear (EEMUA 191, ISA-18.2). */
function Rates() {
  const rates = watch.value?.rates;
  if (!rates) return null;
  const many = rates.in_10_min > rates.reference_in_10_min;
  return (
    <dl class="pairs">
      <div class={many ? "many" : ""}>
        <dt>{t("health:alarms_10")}</dt>
        <dd dir="ltr">
          {rates.in_10_min} / {rates.reference_in_10_min}
        </dd>
      </div>
      <div>
        <dt>{t("health:alarms_day")}</dt>
        <dd dir="ltr">
          {rates.in_day} / {rates.reference_a_day}
        </dd>
      </div>
    </dl>
  );
}

function Feeds() {
  const feeds = watch.value?.feeds ?? [];
  if (feeds.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <caption>{t("health:feeds")}</caption>
        <tbody>
          {feeds.map((feed) => (
            <tr key={feed.name}>
              <th scope="row">
                <Words text={feed.name} />
              </th>
              <td>{word("codes", feed.state)}</td>
              <td dir="ltr">{number(feed.reports)}</td>
              <td>{feed.last_ms > 0 && <Time ms={feed.last_ms} />}</td>
              <td>
                <Words text={feed.error} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
