// Who holds the watch for this duty role; an empty chair is taken here.
import { useState } from "preact/hooks";
import { post } from "../api/client";
import type { Watched } from "../api/types";
import { t } from "../i18n";
import { may } from "../state/session";
import { Button, Field, Refusal, Time, Words } from "../ui/parts";
import { load } from "./state";

export function Seat({ seen }: { seen: Watched }) {
  const { seat } = seen;
  return (
    <section class={`seat ${seat.state}`}>
      <p>
        <strong dir="ltr">{seat.duty}</strong>{" "}
        {seat.state === "free" ? (
          t("handover:free")
        ) : (
          <>
            <Words text={seat.person} /> {t("handover:since")} <Time ms={seat.since_ms} full />
          </>
        )}
      </p>
      {seat.state === "held" && seat.session_ends_ms > 0 && (
        <p class="dim">
          {t("handover:session_ends")} <Time ms={seat.session_ends_ms} />
        </p>
      )}
      {seat.state === "unmanned" && (
        <p class="unmanned" role="alert">
          <span aria-hidden="true">▲</span> {t("handover:unmanned")}{" "}
          <Time ms={seat.unmanned_ms} full />
        </p>
      )}
      {seat.state !== "held" && may("hand-over") && <TakeSeat unmanned={seat.state !== "free"} />}
    </section>
  );
}

function TakeSeat({ unmanned }: { unmanned: boolean }) {
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await post("/v1/handover/take-seat", { why: String(form.get("why") ?? "") });
      await load();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      {unmanned && (
        <Field label={t("handover:why")} hint={t("handover:why_hint")}>
          {(ids) => <input {...ids} name="why" required dir="auto" maxLength={1000} />}
        </Field>
      )}
      <Button tone="main" type="submit">
        {t("handover:take_seat")}
      </Button>
      <Refusal error={error} />
    </form>
  );
}
