// Who sits here, the links, the clocks, and what one touch sends.
import { signal } from "@preact/signals";
import { remove } from "../api/client";
import { isLanguage, LANGUAGES, speak, t } from "../i18n";
import { Urgent } from "../needs/Urgent";
import { now } from "../state/clock";
import { health, links } from "../state/live";
import { may, session } from "../state/session";
import { muted } from "../ui/sounds";
import { Button, Refusal } from "../ui/parts";
import { local, span, zulu } from "../ui/time";
import { helpShown } from "./Help";

const refused = signal<unknown>(null);
const WARN_MS = 30 * 60_000;

export function Bar() {
  const who = session.value;
  if (!who) return null;
  const left = who.ends_ms - now.value;
  return (
    <header class="bar">
      <div class="who">
        <h1>{t("app:watch_of", { party: who.party })}</h1>
        <p dir="auto">{t("app:signed_in", { name: who.name, duty: who.duty })}</p>
        {left < WARN_MS && <p class="ends">{t("app:shift_ends", { left: span(left) })}</p>}
      </div>
      <Links />
      <Clocks />
      <div class="urgent">{may("urgent") && <Urgent />}</div>
      <Menu />
    </header>
  );
}

function Links() {
  return (
    <ul class="links">
      {links.value.map((link) => (
        <li key={link.peer} class={link.up ? "up" : "down"}>
          <span aria-hidden="true">{link.up ? "●" : "▲"}</span>{" "}
          {link.up
            ? t("app:link_up", { peer: link.peer })
            : t("app:link_is_down", { peer: link.peer })}
          {link.pending > 0 && (
            <small>{t("app:link_waiting", { count: link.pending, peer: link.peer })}</small>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Zulu first, then each party's own time. */
function Clocks() {
  const zones = Object.entries(health.value?.zones ?? {});
  return (
    <div class="clocks" dir="ltr" role="timer" aria-label={t("app:zulu")}>
      <strong>{zulu(now.value, true)}</strong>
      {zones.map(([party, zone]) => (
        <span key={party}>
          {party} {local(now.value, zone)}
        </span>
      ))}
    </div>
  );
}

function Menu() {
  const leave = async () => {
    try {
      await remove("/v1/session");
      session.value = null;
      refused.value = null;
    } catch (error) {
      refused.value = error;
    }
  };
  const theme = () => {
    const { dataset } = document.documentElement;
    dataset["theme"] = dataset["theme"] === "night" ? "day" : "night";
  };
  return (
    <div class="menu">
      <select
        aria-label={t("app:language")}
        value={document.documentElement.lang}
        onChange={(event) => {
          const next = event.currentTarget.value;
          if (isLanguage(next)) void speak(next);
        }}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <Button tone="quiet" onClick={() => (muted.value = !muted.value)}>
        {muted.value ? t("app:sound_off") : t("app:sound_on")}
      </Button>
      <Button tone="quiet" onClick={theme}>
        {t("app:theme")}
      </Button>
      <Button tone="quiet" hotkey="?" onClick={() => (helpShown.value = true)}>
        {t("app:help")}
      </Button>
      <Button tone="quiet" onClick={() => void leave()}>
        {t("app:log_out")}
      </Button>
      <Refusal error={refused.value} />
    </div>
  );
}
