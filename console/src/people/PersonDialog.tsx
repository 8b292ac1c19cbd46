// A new person, or what is changed about one; a first password is shown once.
import { useState } from "preact/hooks";
import { post } from "../api/client";
import type { PersonEntry } from "../api/types";
import { LANGUAGES, t, word } from "../i18n";
import { agreement } from "../state/live";
import { session, type PersonRole } from "../state/session";
import { Button, Dialog, Field, Refusal } from "../ui/parts";

const ROLES: readonly PersonRole[] = [
  "watch-officer",
  "releaser",
  "liaison",
  "observer",
  "administrator",
];

interface First {
  person: PersonEntry;
  first_password: string;
}

function said(form: FormData) {
  return {
    name: String(form.get("name")),
    roles: form.getAll("roles").map(String),
    duties: form.getAll("duties").map(String),
    language: String(form.get("language")),
  };
}

export function PersonDialog(props: { person: PersonEntry | null; onDone: () => void }) {
  const { person } = props;
  const [error, setError] = useState<unknown>(null);
  const [first, setFirst] = useState<string | null>(null);
  const tell = async (work: () => Promise<First | PersonEntry>) => {
    try {
      const answer = await work();
      if ("first_password" in answer) setFirst(answer.first_password);
      else props.onDone();
    } catch (refused) {
      setError(refused);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const path = person && `/v1/people/${encodeURIComponent(person.id)}/change`;
    void tell(() =>
      path
        ? post<PersonEntry>(path, { ...said(form), enabled: form.get("enabled") === "on" })
        : post<First>("/v1/people", { ...said(form), id: String(form.get("id")) }),
    );
  };
  const again = () =>
    void tell(() =>
      post<First>(`/v1/people/${encodeURIComponent(person?.id ?? "")}/password`, { password: "" }),
    );
  return (
    <Dialog title={person ? t("people:change") : t("people:add")} onClose={props.onDone}>
      {first !== null ? (
        <div class="stack">
          <p>{t("people:first")}</p>
          <output class="first" dir="ltr">
            {first}
          </output>
          <Button tone="main" onClick={props.onDone}>
            {t("app:close")}
          </Button>
        </div>
      ) : (
        <form class="stack" onSubmit={submit}>
          <Fields person={person} />
          <Refusal error={error} />
          <div class="row">
            <Button tone="main" type="submit">
              {t("app:confirm")}
            </Button>
            {person && <Button onClick={again}>{t("people:new_first")}</Button>}
            <Button tone="quiet" onClick={props.onDone}>
              {t("app:cancel")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Fields({ person }: { person: PersonEntry | null }) {
  const party = agreement.value?.parties.find((one) => one.id === session.value?.party);
  return (
    <>
      {!person && (
        <Field label={t("people:id")}>
          {(ids) => <input {...ids} name="id" required dir="ltr" pattern="[a-z0-9.-]+" />}
        </Field>
      )}
      <Field label={t("people:name")}>
        {(ids) => <input {...ids} name="name" required value={person?.name ?? ""} dir="auto" />}
      </Field>
      <Choices name="roles" title={t("people:roles")} all={ROLES} chosen={person?.roles ?? []} />
      <Choices
        name="duties"
        title={t("people:duties")}
        all={party?.roles ?? []}
        chosen={person?.duties ?? []}
      />
      <Field label={t("app:language")}>
        {(ids) => (
          <select {...ids} name="language">
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} selected={code === (person?.language ?? "en")}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {person && (
        <label class="row">
          <input type="checkbox" name="enabled" defaultChecked={person.enabled} />
          {t("people:enabled")}
        </label>
      )}
    </>
  );
}

function Choices(props: {
  name: string;
  title: string;
  all: readonly string[];
  chosen: readonly string[];
}) {
  return (
    <fieldset class="row">
      <legend>{props.title}</legend>
      {props.all.map((one) => (
        <label key={one} class="row">
          <input
            type="checkbox"
            name={props.name}
            value={one}
            defaultChecked={props.chosen.includes(one)}
          />
          {word("codes", one)}
        </label>
      ))}
    </fieldset>
  );
}
