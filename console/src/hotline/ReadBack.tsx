// The values of a message, repeated by the officer: what differs is told before it is sent.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Button, Refusal } from "../ui/parts";
import { useAct } from "./acting";
import { expected, owes, type Message } from "./logic";
import { me, reply, shown } from "./store";

export function ReadBack({ message, onClose }: { message: Message; onClose: () => void }) {
  const values = expected(message);
  const [given, setGiven] = useState<Record<string, string>>({});
  const act = useAct();
  const differs = values
    .filter(({ name, value }) => (given[name] ?? "").trim() !== value)
    .map(({ name }) => name);
  const complete = values.every(({ name }) => (given[name] ?? "").trim() !== "");
  const send = () =>
    act.run(async () => {
      if (owes(message, me()) === "read") await reply(message.ref, "read");
      const said = values.map(({ name }) => ({ name, value: (given[name] ?? "").trim() }));
      shown(message.line, await reply(message.ref, "read-back", { values: said }));
      onClose();
    });
  return (
    <form
      class="read-back stack"
      aria-label={t("hotline:read_back")}
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) void send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <p>{t("hotline:read_back_how")}</p>
      {values.map(({ name }, n) => (
        <label key={name} class="row">
          <bdi>{name}</bdi>
          <input
            dir="ltr"
            autocomplete="off"
            name={name}
            ref={n === 0 ? focusOnce : null}
            value={given[name] ?? ""}
            onInput={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      {complete && differs.length > 0 && (
        <p class="told wrong" role="status">
          {t("hotline:read_back_differs", { names: differs.join(", ") })}
        </p>
      )}
      <p class="row">
        <Button type="submit" tone="main" disabled={!complete || act.busy}>
          {t("hotline:read_back_send")}
        </Button>
        <Button tone="quiet" onClick={onClose}>
          {t("app:cancel")}
        </Button>
      </p>
      <Refusal error={act.error} />
    </form>
  );
}

/** As `ref`: takes the focus when the field appears, and not again. */
export function focusOnce(field: HTMLInputElement | null) {
  if (field && !field.dataset["met"]) {
    field.dataset["met"] = "1";
    field.focus();
  }
}
