// The outgoing officer signs first: to whom, what the next hours need, a word beside each line.
import { useState } from "preact/hooks";
import { post } from "../api/client";
import type { Watched } from "../api/types";
import { t } from "../i18n";
import { Button, Field, Refusal } from "../ui/parts";
import { hours, load, notes } from "./state";

export function Offer({ seen }: { seen: Watched }) {
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = Object.entries(notes.peek()).filter(([, text]) => text.trim());
    try {
      await post("/v1/handover/offer", {
        incoming: String(form.get("incoming")),
        text: String(form.get("text")),
        notes: Object.fromEntries(said),
        hours: hours.peek(),
      });
      notes.value = {};
      await load();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <form class="stack offer" onSubmit={(event) => void submit(event)}>
      <h3>{t("handover:offer")}</h3>
      <Field label={t("handover:incoming")}>
        {(ids) => (
          <select {...ids} name="incoming" required>
            <option value="" />
            {seen.candidates.map((one) => (
              <option key={one.person} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("handover:text")} hint={t("handover:text_hint")}>
        {(ids) => <textarea {...ids} name="text" rows={4} dir="auto" maxLength={10_000} />}
      </Field>
      <Button tone="main" type="submit">
        {t("handover:sign_out")}
      </Button>
      <Refusal error={error} />
    </form>
  );
}
