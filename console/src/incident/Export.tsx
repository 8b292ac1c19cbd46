// Evidence as a file to keep: of an incident, of chosen refs, of a period; whole or for one party.
import { useSignal } from "@preact/signals";
import { ask, download } from "../api/client";
import { t } from "../i18n";
import { agreement, health } from "../state/live";
import { selected } from "../state/url";
import { session } from "../state/session";
import { Button, Field, Refusal } from "../ui/parts";
import { number } from "../ui/time";
import { instant, refsIn } from "./typed";

type Of = "incident" | "refs" | "period";

interface Form {
  refs?: string[];
  from?: string;
  until?: string;
  incident?: string;
  for_party: string;
}

/** Makes the file and hands it to the officer; returns its size in bytes. */
export async function exported(form: Form, name: string): Promise<number> {
  const answer = await ask("POST", "/v1/evidence", { body: form });
  const size = Number(answer.headers.get("content-length") ?? 0);
  const party = session.peek()?.party ?? "";
  const whom = form.for_party ? `-for-${form.for_party}` : "";
  await download(`${party}-${name.replace(/[^\w.-]+/g, "-")}${whom}.evidence`, answer);
  return size;
}

export function ForParty({ value, onPick }: { value: string; onPick: (party: string) => void }) {
  const own = session.value?.party;
  const others = (agreement.value?.parties ?? []).filter((one) => one.id !== own);
  return (
    <Field label={t("incident:for_party")} hint={t("incident:for_party_hint")}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
          <option value="">{t("incident:for_us")}</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {`${one.name} (${one.id})`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface Props {
  incident?: string;
  period?: readonly [number, number];
}

export function Export({ incident, period }: Props) {
  const of = useSignal<Of>(incident ? "incident" : "refs");
  const refs = useSignal(selected.peek());
  const from = useSignal(period ? new Date(period[0]).toISOString() : "");
  const until = useSignal(period ? new Date(period[1]).toISOString() : "");
  const whom = useSignal("");
  const busy = useSignal(false);
  const done = useSignal("");
  const error = useSignal<unknown>(null);
  const form = (): [Form, string] => {
    const for_party = whom.peek();
    if (of.peek() === "incident") return [{ incident: incident ?? "", for_party }, incident ?? ""];
    if (of.peek() === "refs") return [{ refs: refsIn(refs.peek()), for_party }, "items"];
    const [start, end] = [instant(from.peek()), instant(until.peek())];
    return [{ from: start, until: end, for_party }, `${start}-${end}`];
  };
  const make = async (event: Event) => {
    event.preventDefault();
    if (busy.peek()) return;
    busy.value = true;
    error.value = null;
    done.value = "";
    try {
      const [asked, name] = form();
      const bytes = await exported(asked, name);
      done.value = t("incident:exported", { bytes: number(bytes) });
    } catch (refused) {
      error.value = refused;
    } finally {
      busy.value = false;
    }
  };
  const kinds: Of[] = incident ? ["incident", "refs", "period"] : ["refs", "period"];
  return (
    <form class="stack export" onSubmit={(event) => void make(event)}>
      <h3>{t("incident:export")}</h3>
      <p class="dim">{t("incident:export_says")}</p>
      <fieldset class="row">
        <legend>{t("incident:export_of")}</legend>
        {kinds.map((one) => (
          <label key={one} class="row">
            <input
              type="radio"
              name="of"
              checked={of.value === one}
              onChange={() => (of.value = one)}
            />
            {t(`incident:of_${one}`)}
          </label>
        ))}
      </fieldset>
      {of.value === "refs" && (
        <Field label={t("incident:refs")} hint={t("incident:refs_hint")}>
          {(ids) => (
            <textarea
              {...ids}
              dir="ltr"
              rows={2}
              required
              spellcheck={false}
              value={refs.value}
              onInput={(event) => (refs.value = event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {of.value === "period" && (
        <div class="row">
          {([from, until] as const).map((one, n) => (
            <Field key={n} label={n ? t("incident:until") : t("incident:from")}>
              {(ids) => (
                <input
                  {...ids}
                  dir="ltr"
                  required
                  placeholder="2018-09-17T18:00Z"
                  value={one.value}
                  onInput={(event) => (one.value = event.currentTarget.value)}
                />
              )}
            </Field>
          ))}
        </div>
      )}
      <ForParty value={whom.value} onPick={(party) => (whom.value = party)} />
      <p class="row">
        <Button type="submit" tone="main" disabled={busy.value}>
          {busy.value ? t("incident:making") : t("incident:export_make")}
        </Button>
        <span role="status">{done.value}</span>
      </p>
      <Refusal error={error.value} />
      {health.value && health.value.afloat > 0 && (
        <p class="dim">{t("app:unlogged", { count: health.value.afloat })}</p>
      )}
    </form>
  );
}
