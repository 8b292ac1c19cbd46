// Amendments of the agreement that wait for signatures. A signature is never taken back.
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../api/client";
import type { components } from "../../build/api";
import { t, word } from "../i18n";
import { onEvent } from "../state/live";
import { may } from "../state/session";
import { Button, Countdown, Dialog, Empty, Refusal, Time } from "../ui/parts";
import { useAct } from "./acting";
import { me, speaker } from "./store";

type Offer = components["schemas"]["OfferView"];

export function Offers() {
  const [offers, setOffers] = useState<readonly Offer[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const look = async () => {
    try {
      const state = await get<{ offers: Offer[] }>("/v1/agreement");
      setOffers(state.offers.filter((one) => ["open", "agreed", "crossed"].includes(one.state)));
    } catch (refused) {
      setError(refused);
    }
  };
  useEffect(() => {
    void look();
    return onEvent((event) => {
      const { ref } = event.data as { ref?: unknown };
      if (typeof ref === "string" && /^(proposal|signature):/.test(ref)) void look();
    });
  }, []);
  return (
    <section class="paper-kind" aria-label={t("hotline:amendments")}>
      <h4>{t("hotline:amendments")}</h4>
      <Refusal error={error} />
      {offers?.length === 0 && <Empty>{t("hotline:none_open")}</Empty>}
      <ol class="rows">
        {offers?.map((one) => (
          <One key={one.ref} offer={one} done={look} />
        ))}
      </ol>
    </section>
  );
}

function One({ offer, done }: { offer: Offer; done: () => Promise<void> }) {
  const [asked, setAsked] = useState(false);
  const act = useAct();
  const sign = async () => {
    const path = `/v1/agreement/proposals/${encodeURIComponent(offer.ref)}/sign`;
    if (await act.run(() => post(path, undefined, speaker()))) {
      setAsked(false);
      await done();
    }
  };
  return (
    <li class="paper">
      <p class="row">
        <code dir="ltr">{offer.ref}</code> <bdi>{offer.by}</bdi>{" "}
        <strong>
          <bdi>{offer.title}</bdi>
        </strong>
        <span>{word("hotline", `offer_${offer.state}`)}</span>
      </p>
      <p class="row facts">
        <span>
          {t("hotline:in_force_from")} <Time ms={offer.from_ms} full />
        </span>
        <span>
          {t("hotline:sign_by")} <Time ms={offer.sign_by_ms} full />{" "}
          <Countdown ms={offer.sign_by_ms} label={t("hotline:sign_by")} />
        </span>
        <span>{t("hotline:signed_by", { parties: offer.signed_by.join(", ") || "–" })}</span>
        <span>{t("hotline:missing", { parties: offer.missing.join(", ") || "–" })}</span>
      </p>
      {may("sign") && offer.state === "open" && offer.missing.includes(me()) && (
        <Button tone="main" onClick={() => setAsked(true)}>
          {t("hotline:sign")}
        </Button>
      )}
      {asked && (
        <Dialog title={t("hotline:sign")} tone="danger" onClose={() => setAsked(false)}>
          <p>{t("hotline:sign_sure", { ref: offer.ref })}</p>
          <p class="mono digest" dir="ltr">
            {offer.digest}
          </p>
          <p class="row">
            <Button tone="danger" disabled={act.busy} onClick={() => void sign()}>
              {t("hotline:sign")}
            </Button>
            <Button onClick={() => setAsked(false)}>{t("app:cancel")}</Button>
          </p>
          <Refusal error={act.error} />
        </Dialog>
      )}
    </li>
  );
}
