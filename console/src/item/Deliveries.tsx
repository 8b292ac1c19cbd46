// Who was told behind the parties: units, and third parties whom nobody can tell.
import { get } from "../api/client";
import type { Item, Ledger } from "../api/types";
import { t, word } from "../i18n";
import { Countdown, Refusal } from "../ui/parts";
import { useAsked } from "./asking";

export function Deliveries({ item }: { item: Item }) {
  const notice = item.kind === "notice";
  const changes = `${item.version}|${item.standings.map((one) => one.rung).join()}`;
  const { value, error } = useAsked(
    notice ? () => get<Ledger>(`/v1/deliveries/${encodeURIComponent(item.ref)}`) : null,
    [item.ref, changes],
  );
  if (!notice || (!value?.units.length && !value?.assumed_blind.length && !error)) return null;
  return (
    <section aria-label={t("item:deliveries")}>
      <h3>{t("item:deliveries")}</h3>
      <Refusal error={error} />
      <ul class="deliveries">
        {value?.units.map((one) => (
          <li key={one.unit}>
            <b dir="auto">{one.name || one.unit}</b> ({one.relay_by}): {word("codes", one.told)}
            {one.told === "not-yet" && <Countdown ms={one.due_ms} label={t("needs:time_left")} />}
            {one.taken_by && <span dir="auto"> {one.taken_by}</span>}
          </li>
        ))}
        {value?.assumed_blind.map((one) => (
          <li key={one.id}>
            <b dir="auto">{one.name}</b>: {word("codes", "assumed-blind")}
          </li>
        ))}
      </ul>
    </section>
  );
}
