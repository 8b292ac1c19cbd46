// The handover: who holds the watch, what is open, what is coming, and how both sign.
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { useMarkings } from "../state/marking";
import { may } from "../state/session";
import { Marking, Refusal } from "../ui/parts";
import { Coming, OpenLines } from "./Lines";
import { Offer } from "./Offer";
import { Offered } from "./Offered";
import { Past } from "./Past";
import { Seat } from "./Seat";
import { failure, follow, watched } from "./state";

export function HandoverRoom() {
  useEffect(() => follow(), []);
  const seen = watched.value;
  useMarkings([seen?.offer?.banner ?? "", seen?.last?.banner ?? ""]);
  return (
    <div class="stack handover">
      <h2>{t("handover:title")}</h2>
      <Refusal error={failure.value} />
      {seen && (
        <>
          <Seat seen={seen} />
          {seen.offer && (
            <>
              <Marking marking={seen.offer.banner} />
              <Offered seen={seen} offer={seen.offer} />
            </>
          )}
          <Blocking count={seen.blocking.length} />
          <OpenLines lines={seen.open} noting={seen.seat.mine && !seen.offer} />
          <Coming lines={seen.coming} />
          {may("hand-over") && seen.seat.mine && !seen.offer && <Offer seen={seen} />}
          <Past last={seen.last} />
        </>
      )}
    </div>
  );
}

/** Nobody takes the watch over, and nobody leaves, while something urgent was not answered. */
function Blocking({ count }: { count: number }) {
  return count ? (
    <p class="blocking" role="status">
      <span aria-hidden="true">▲</span> {t("handover:blocking", { count })}
    </p>
  ) : (
    <p class="clear">
      <span aria-hidden="true">●</span> {t("handover:clear")}
    </p>
  );
}
