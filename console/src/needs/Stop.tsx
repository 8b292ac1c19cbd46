// STOP: to everybody, about everything unless a narrower place is chosen.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { drawing, type Shape } from "../map/contract";
import { items } from "../state/live";
import { session } from "../state/session";
import { selected } from "../state/url";
import { Button, Dialog, Field } from "../ui/parts";
import { Outcome } from "./Outcome";
import { opened, send, sending } from "./calls";

type Scope = "everywhere" | "notice" | "area";
const close = (): void => {
  opened.value = null;
};

export function Stop() {
  const notice = items.value.get(selected.value);
  const scope = useSignal<Scope>("everywhere");
  const area = useSignal("");
  const shape = useSignal<Shape | null>(null);
  const text = useSignal("");
  const drawn = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), [drawn.value]);
  if (drawn.value) return null;
  const sent = sending.value.state !== "ready" && sending.value.state !== "failed";
  const submit = (event: Event) => {
    event.preventDefault();
    void send("stop", {
      role: session.peek()?.duty ?? "",
      area: scope.value === "area" ? (shape.value ?? area.value) : null,
      notice: scope.value === "notice" && notice?.kind === "notice" ? notice.item : "",
      text: text.value.trim(),
    });
  };
  const draw = () => {
    drawn.value = true;
    drawing.value = {
      mode: "polygon",
      changed: () => undefined,
      done: (found) => {
        drawing.value = null;
        drawn.value = false;
        if (found) shape.value = { ...found, properties: {} } as Shape;
      },
    };
  };
  const choice = (id: Scope, says: string, disabled = false) => (
    <label>
      <input
        type="radio"
        name="scope"
        checked={scope.value === id}
        disabled={disabled}
        onChange={() => (scope.value = id)}
      />
      {says}
    </label>
  );
  return (
    <Dialog title={t("needs:stop_title")} tone="danger" onClose={close}>
      <form class="stack" onSubmit={submit}>
        {!sent && (
          <>
            <button ref={button} type="submit" class="button danger send" autofocus>
              {t("needs:send_stop")} <kbd aria-hidden="true">Enter</kbd>
            </button>
            <p class="told">{t("needs:stop_hint")}</p>
            <fieldset class="stack">
              <legend>{t("needs:stop_where")}</legend>
              {choice("everywhere", t("needs:everywhere"))}
              {choice(
                "notice",
                t("needs:stop_notice", { ref: notice?.kind === "notice" ? notice.item : "–" }),
                notice?.kind !== "notice",
              )}
              {choice("area", t("needs:stop_area"))}
              {scope.value === "area" && (
                <div class="row">
                  <input
                    aria-label={t("needs:stop_area")}
                    dir="ltr"
                    value={shape.value ? t("needs:drawn") : area.value}
                    readOnly={shape.value !== null}
                    placeholder="circle 35.52N 35.80E 4km"
                    onInput={(event) => (area.value = event.currentTarget.value)}
                  />
                  <Button onClick={shape.value ? () => (shape.value = null) : draw}>
                    {shape.value ? t("needs:draw_again") : t("needs:draw")}
                  </Button>
                </div>
              )}
            </fieldset>
            <Field label={t("needs:words_optional")}>
              {(ids) => (
                <input
                  {...ids}
                  dir="auto"
                  maxLength={2000}
                  value={text.value}
                  onInput={(event) => (text.value = event.currentTarget.value)}
                />
              )}
            </Field>
          </>
        )}
        <Outcome call="stop" onClose={close} />
      </form>
    </Dialog>
  );
}
