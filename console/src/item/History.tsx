// Who of ours did what with it at the console.
import { get } from "../api/client";
import type { Act, Item } from "../api/types";
import { t, word } from "../i18n";
import { Empty, Refusal } from "../ui/parts";
import { zulu } from "../ui/time";
import { useAsked } from "./asking";

export function History({ item }: { item: Item }) {
  const changes = `${item.version}|${item.standings.map((one) => one.rung).join()}`;
  const { value, error, loading } = useAsked(
    () => get<{ acts: Act[] }>("/v1/acts", { subject: item.ref, limit: 50 }),
    [item.ref, changes],
  );
  return (
    <section aria-label={t("item:history")}>
      <h3>{t("item:history")}</h3>
      <Refusal error={error} />
      {!loading && !error && value?.acts.length === 0 && <Empty>{t("item:no_history")}</Empty>}
      <ul class="history">
        {value?.acts.map((one) => (
          <li key={one.seq}>
            <bdi dir="ltr" class="mono">
              {zulu(one.at_ms)}
            </bdi>{" "}
            <b dir="auto">{one.name}</b>
            {one.duty && `, ${one.duty}`}: <bdi>{didOf(one)}</bdi>
            {one.status >= 400 && <strong class="down"> {t("item:was_refused")}</strong>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the path says of it, in words. */
const didOf = (act: Act): string => word("codes", `did-${act.path.split("/").pop() ?? ""}`);
