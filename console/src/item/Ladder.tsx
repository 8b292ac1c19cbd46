// Where each addressee stands: received, read, read back, answered; and what is owed until when.
import type { Item, Standing } from "../api/types";
import { t, word } from "../i18n";
import { links } from "../state/live";
import { owes } from "../needs/model";
import { rules } from "../needs/store";
import { Countdown } from "../ui/parts";
import { zulu } from "../ui/time";

export function Ladder({ item }: { item: Item }) {
  return (
    <section aria-label={t("item:ladder")}>
      <h3>{t("item:ladder")}</h3>
      <table class="ladder">
        <thead>
          <tr>
            <th scope="col">{t("item:party")}</th>
            {["received", "read", "read-back", "answered"].map((one) => (
              <th key={one} scope="col">
                {word("codes", one)}
              </th>
            ))}
            <th scope="col">{t("item:owes")}</th>
          </tr>
        </thead>
        <tbody>
          {item.standings.map((one) => (
            <Line key={one.party} item={item} standing={one} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Line({ item, standing }: { item: Item; standing: Standing }) {
  const owed = item.closed ? null : owes(standing, item, rules.value);
  const link = links.value.find((one) => one.peer === standing.party);
  const at = (ms: number) =>
    ms >= 0 ? (
      <bdi dir="ltr" class="mono">
        {zulu(ms)}
      </bdi>
    ) : (
      "–"
    );
  return (
    <tr>
      <th scope="row" dir="auto">
        {standing.party}
        {standing.role && <small> {standing.role}</small>}
        {link && !link.up && <small class="down"> {t("item:link_down")}</small>}
      </th>
      <td>{at(standing.received_ms)}</td>
      <td>{at(standing.read_ms)}</td>
      <td>
        {at(standing.read_back_ms)}
        {standing.mismatch.length > 0 && (
          <strong class="down">
            {" "}
            {t("item:mismatch", {
              parts: standing.mismatch.map((one) => word("codes", one)).join(", "),
            })}
          </strong>
        )}
      </td>
      <td>
        {standing.answered_ms >= 0 && (
          <strong class={`rung ${standing.rung}`}>{word("codes", standing.rung)} </strong>
        )}
        {at(standing.answered_ms)}
      </td>
      <td>
        {owed && (
          <>
            {word("codes", `owes-${owed.rung}`)}{" "}
            <Countdown ms={owed.due_ms} label={t("needs:time_left")} />
          </>
        )}
      </td>
    </tr>
  );
}
