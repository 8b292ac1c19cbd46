// The log-in: name, password, duty role, end of the shift. A first password is changed at once.
import { useState } from "preact/hooks";
import { get, post } from "../api/client";
import { isLanguage, speak, t } from "../i18n";
import { heard } from "../state/clock";
import { session, type Session } from "../state/session";
import { Button, Field, Refusal } from "../ui/parts";

const HOURS = [4, 6, 8, 10, 12, 14];

async function take(): Promise<void> {
  const found = await get<Session>("/v1/session");
  heard(found.now_ms);
  if (isLanguage(found.language)) await speak(found.language);
  session.value = found;
}

export function Login() {
  return (
    <main class="login">
      <h1>Parley</h1>
      {session.value?.must_change ? <Change /> : <Enter />}
    </main>
  );
}

function Enter() {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      const duty = String(form.get("duty") ?? "").trim();
      await post("/v1/session", {
        person: String(form.get("person")),
        password: String(form.get("password")),
        ...(duty ? { duty } : {}),
        hours: Number(form.get("hours")),
      });
      await take();
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2>{t("login:title")}</h2>
      <Field label={t("login:person")}>
        {(ids) => (
          <input {...ids} name="person" autocomplete="username" required autofocus dir="ltr" />
        )}
      </Field>
      <Field label={t("login:password")}>
        {(ids) => (
          <input
            {...ids}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            dir="ltr"
          />
        )}
      </Field>
      <Field label={t("login:duty")} hint={t("login:duty_hint")}>
        {(ids) => <input {...ids} name="duty" dir="ltr" />}
      </Field>
      <Field label={t("login:hours")}>
        {(ids) => (
          <select {...ids} name="hours">
            {HOURS.map((hours) => (
              <option key={hours} value={hours} selected={hours === 12}>
                {t("login:hours_of", { count: hours })}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button tone="main" type="submit" disabled={busy}>
        {t("login:enter")}
      </Button>
      <Refusal error={error} />
    </form>
  );
}

function Change() {
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await post("/v1/session/password", {
        old: String(form.get("old")),
        new: String(form.get("new")),
      });
      await take();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2>{t("login:change")}</h2>
      <p>{t("login:change_why")}</p>
      <Field label={t("login:old")}>
        {(ids) => (
          <input
            {...ids}
            name="old"
            type="password"
            autocomplete="current-password"
            required
            dir="ltr"
          />
        )}
      </Field>
      <Field label={t("login:new")} hint={t("login:new_hint")}>
        {(ids) => (
          <input
            {...ids}
            name="new"
            type="password"
            autocomplete="new-password"
            minLength={12}
            required
            dir="ltr"
          />
        )}
      </Field>
      <Button tone="main" type="submit">
        {t("login:change_now")}
      </Button>
      <Refusal error={error} />
    </form>
  );
}
