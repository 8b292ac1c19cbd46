// DISTRESS: who, where, since when; from the selected track or the pointer, or typed.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { pointer } from "../map/contract";
import { nowMs } from "../state/clock";
import { session } from "../state/session";
import { selected } from "../state/url";
import { Dialog, Field } from "../ui/parts";
import { zulu } from "../ui/time";
import { trackOf } from "../item/TrackView";
import { Outcome } from "./Outcome";
import { opened, send, sending } from "./calls";

const close = (): void => {
  opened.value = null;
};

export function Distress() {
  const subject = useSignal("");
  const position = useSignal("");
  const from = useSignal("");
  const radius = useSignal("0");
  const text = useSignal("");
  const since = useSignal(nowMs());
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const chosen = selected.peek();
    const at = pointer.peek();
    subject.value = `Aircraft, reported by ${session.peek()?.party ?? ""}`;
    if (at) {
      position.value = `${at.lat.toFixed(5)} ${at.lon.toFixed(5)}`;
      from.value = t("needs:from_pointer");
    }
    if (chosen.startsWith("track:"))
      void trackOf(chosen)
        .then((track) => {
          if (!track) return;
          subject.value = track.label || track.id;
          position.value = `${track.lat_deg.toFixed(5)} ${track.lon_deg.toFixed(5)}`;
          radius.value = String(Math.ceil(track.radius_m));
          from.value = t("needs:from_track", { track: track.label || track.id });
        })
        .catch(() => undefined);
    button.current?.focus();
  }, []);
  const sent = sending.value.state !== "ready" && sending.value.state !== "failed";
  const submit = (event: Event) => {
    event.preventDefault();
    void send("distress", {
      role: session.peek()?.duty ?? "",
      subject: subject.value.trim(),
      since: new Date(since.value).toISOString(),
      position: positionOf(position.value),
      uncertainty_m: Math.max(0, Math.round(Number(radius.value) || 0)),
      text: text.value.trim(),
    });
  };
  const line = (name: string, label: string, value: typeof subject, hint = "") => (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          name={name}
          dir="auto"
          maxLength={200}
          value={value.value}
          onInput={(event) => (value.value = event.currentTarget.value)}
        />
      )}
    </Field>
  );
  return (
    <Dialog title={t("needs:distress_title")} tone="danger" onClose={close}>
      <form class="stack" onSubmit={submit}>
        {!sent && (
          <>
            <button ref={button} type="submit" class="button danger send" autofocus>
              {t("needs:send_distress")} <kbd aria-hidden="true">Enter</kbd>
            </button>
            <p class="told">{t("needs:distress_hint")}</p>
            {line("subject", t("needs:subject"), subject)}
            {line("position", t("needs:position"), position, from.value)}
            {line("uncertainty", t("needs:uncertainty_m"), radius)}
            <p>
              {t("needs:since")}{" "}
              <bdi dir="ltr" class="mono">
                {zulu(since.value, true)}
              </bdi>
            </p>
            {line("text", t("needs:words_optional"), text)}
          </>
        )}
        <Outcome call="distress" onClose={close} />
      </form>
    </Dialog>
  );
}

/** Two plain numbers are degrees; everything else the node reads in any notation. */
function positionOf(text: string): unknown {
  const plain = /^\s*(-?\d+(?:\.\d+)?)[\s,]+(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (plain) return { lat_deg: Number(plain[1]), lon_deg: Number(plain[2]) };
  return text.trim() || null;
}
