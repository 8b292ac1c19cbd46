// The dialogs that an answer needs: words of an objection, a shelf's reason and end.
import { useSignal } from "@preact/signals";
import { t, word } from "../i18n";
import { nowMs } from "../state/clock";
import { session } from "../state/session";
import { Button, Dialog, Field, Refusal } from "../ui/parts";
import { zulu } from "../ui/time";
import { asking, climb, refusal, shelve } from "./acts";
import { shelvable } from "./model";
import { ReadBack } from "./ReadBack";
import { rows } from "./store";

const close = (): void => {
  asking.value = null;
};

/** Whatever is asked for at present. */
export function Asked() {
  const one = asking.value;
  if (!one) return null;
  if (one.what === "read-back") return <ReadBack key={one.ref} asked={one} onClose={close} />;
  if (one.what === "shelve") return <Shelf key={one.ref} subject={one.ref} />;
  return <WithWords key={one.ref} what={one.what} about={one.ref} />;
}

const WORDS = {
  objected: { title: "needs:objected_title", words: "needs:objected_words" },
  unable: { title: "needs:unable_title", words: "needs:unable_words" },
} as const;

function WithWords({ what, about }: { what: "objected" | "unable"; about: string }) {
  const text = useSignal("");
  const wrong = useSignal("");
  const busy = useSignal(false);
  const send = async (event: Event) => {
    event.preventDefault();
    if (!text.value.trim()) {
      wrong.value = t("needs:words_needed");
      return;
    }
    busy.value = true;
    const done = await climb(about, what, { text: text.value.trim() });
    busy.value = false;
    if (done) close();
  };
  return (
    <Dialog
      title={t(WORDS[what].title, { ref: about.slice(about.indexOf(":") + 1) })}
      onClose={close}
    >
      <form class="stack" onSubmit={(event) => void send(event)}>
        <Field label={t(WORDS[what].words)} wrong={wrong.value}>
          {(ids) => (
            <textarea
              {...ids}
              autofocus
              rows={3}
              dir="auto"
              maxLength={2000}
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
                  event.preventDefault();
                  event.currentTarget.form?.requestSubmit();
                }
              }}
            />
          )}
        </Field>
        <Refusal error={refusal.value} />
        <div class="row">
          <Button type="submit" tone="main" hotkey="Enter" disabled={busy.value}>
            {word("codes", `say-${what}`)}
          </Button>
          <Button tone="quiet" hotkey="Escape" onClick={close}>
            {t("app:cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const MINUTE_MS = 60_000;

function Shelf({ subject }: { subject: string }) {
  const reason = useSignal("");
  const wrong = useSignal("");
  const busy = useSignal(false);
  const shiftEnds = session.value?.ends_ms ?? 0;
  const presets = [
    { id: "15", says: t("needs:shelf_15"), ms: nowMs() + 15 * MINUTE_MS },
    { id: "60", says: t("needs:shelf_60"), ms: nowMs() + 60 * MINUTE_MS - 1000 },
    { id: "shift", says: t("needs:shelf_shift"), ms: shiftEnds },
  ];
  const until = useSignal("15");
  const row = rows.value.find((one) => one.key === subject);
  const send = async (event: Event) => {
    event.preventDefault();
    if (!row) return close();
    if (!reason.value.trim()) {
      wrong.value = t("needs:reason_needed");
      return;
    }
    const ends = presets.find((one) => one.id === until.value)?.ms ?? 0;
    busy.value = true;
    const done = await shelve(row, reason.value.trim(), new Date(ends).toISOString());
    busy.value = false;
    if (done) close();
  };
  return (
    <Dialog title={t("needs:shelf_title")} onClose={close}>
      <form class="stack" onSubmit={(event) => void send(event)}>
        <ul class="shelf-what">
          {row?.alarms.filter(shelvable).map((one) => (
            <li key={one.key}>
              <b>{word("codes", one.finding.kind)}</b> <span dir="auto">{one.finding.text}</span>
            </li>
          ))}
        </ul>
        <Field label={t("needs:shelf_reason")} wrong={wrong.value}>
          {(ids) => (
            <input
              {...ids}
              autofocus
              dir="auto"
              maxLength={500}
              value={reason.value}
              onInput={(event) => (reason.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset class="row">
          <legend>{t("needs:shelf_until")}</legend>
          {presets.map((one) => (
            <label key={one.id}>
              <input
                type="radio"
                name="until"
                value={one.id}
                checked={until.value === one.id}
                onChange={() => (until.value = one.id)}
              />
              {one.says} <bdi dir="ltr">{zulu(one.ms)}</bdi>
            </label>
          ))}
        </fieldset>
        <p class="told">{t("needs:shelf_hint")}</p>
        <Refusal error={refusal.value} />
        <div class="row">
          <Button type="submit" tone="main" hotkey="Enter" disabled={busy.value || !row}>
            {t("needs:shelve")}
          </Button>
          <Button tone="quiet" hotkey="Escape" onClick={close}>
            {t("app:cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
