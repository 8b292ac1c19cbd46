// A handover that waits for the second signature: here by password, or in the incoming's session.
import { useState } from "preact/hooks";
import { get, post, Problem } from "../api/client";
import type { Handover, OpenLine, Watched } from "../api/types";
import { t } from "../i18n";
import { session, type Session } from "../state/session";
import { Button, Field, Refusal, Time, Words } from "../ui/parts";
import { load } from "./state";

type Take = "take" | "take-here";

export function Offered({ seen, offer }: { seen: Watched; offer: Handover }) {
  const mine = offer.outgoing === session.value?.name;
  const forMe = offer.incoming === session.value?.name;
  return (
    <section class="stack offered">
      <h3>
        <Words text={t("handover:from_to", { from: offer.outgoing, to: offer.incoming })} />
      </h3>
      <p>
        {t("handover:signed_by", { who: offer.outgoing })} <Time ms={offer.offered_ms} full />
      </p>
      {offer.text && <Words as="p" text={offer.text} />}
      <Notes notes={offer.notes} />
      {forMe && <Sign seen={seen} offer={offer} how="take" />}
      {mine && (
        <>
          <Sign seen={seen} offer={offer} how="take-here" />
          <Withdraw offer={offer} />
        </>
      )}
    </section>
  );
}

export function Notes({ notes }: { notes: Readonly<Record<string, string>> }) {
  const all = Object.entries(notes);
  if (all.length === 0) return null;
  return (
    <dl class="notes">
      {all.map(([ref, text]) => (
        <div key={ref}>
          <dt dir="ltr">{ref}</dt>
          <dd>
            <Words text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The incoming officer signs having seen what is open now; what came up since is shown first. */
function Sign({ seen, offer, how }: { seen: Watched; offer: Handover; how: Take }) {
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = { text: String(form.get("text")), seen: seen.digest };
    const whole =
      how === "take"
        ? said
        : {
            ...said,
            incoming: seen.candidates.find((one) => one.name === offer.incoming)?.person ?? "",
            password: String(form.get("password")),
          };
    try {
      await post(`/v1/handover/${encodeURIComponent(offer.ref)}/${how}`, whole);
      if (how === "take-here") session.value = await get<Session>("/v1/session");
    } catch (refused) {
      setError(refused);
    }
    await load();
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <Field label={t("handover:taken_text")} hint={t("handover:taken_hint")}>
        {(ids) => <textarea {...ids} name="text" rows={2} dir="auto" maxLength={10_000} />}
      </Field>
      {how === "take-here" && (
        <Field label={t("handover:password_of", { name: offer.incoming })}>
          {(ids) => (
            <input {...ids} name="password" type="password" autocomplete="off" required dir="ltr" />
          )}
        </Field>
      )}
      <Button tone="main" type="submit" disabled={seen.blocking.length > 0}>
        {how === "take" ? t("handover:sign_in") : t("handover:sign_here", { name: offer.incoming })}
      </Button>
      <Refused error={error} />
    </form>
  );
}

/** What blocks, or what came up since the offer, stands below the refusal. */
function Refused({ error }: { error: unknown }) {
  const body = error instanceof Problem ? error.body : {};
  const lines = (body["new"] ?? body["blocking"] ?? []) as OpenLine[];
  return (
    <>
      <Refusal error={error} />
      {Array.isArray(lines) && lines.length > 0 && (
        <ul class="new">
          {lines.slice(0, 20).map((line) => (
            <li key={line.ref}>
              <Words text={line.words} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Withdraw({ offer }: { offer: Handover }) {
  const [error, setError] = useState<unknown>(null);
  const withdraw = async () => {
    try {
      await post(`/v1/handover/${encodeURIComponent(offer.ref)}/withdraw`, {});
      await load();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <>
      <Button onClick={() => void withdraw()}>{t("handover:withdraw")}</Button>
      <Refusal error={error} />
    </>
  );
}
