// How far each addressee has come with a message, with the times; and where ours waits.
import { t, word } from "../i18n";
import { links } from "../state/live";
import { Time } from "../ui/parts";
import { expected, reached, type Heard, type Message } from "./logic";
import { openPerson } from "./PersonCard";
import { me } from "./store";

const MARKS: Record<string, string> = {
  sent: "…",
  received: "✓",
  read: "✓✓",
  "read-back": "⟲",
  accepted: "✔",
  objected: "✖",
  unable: "✖",
};

export function ReadState({ message }: { message: Message }) {
  if (message.heard.length === 0) return null;
  return (
    <ul class="read-state" aria-label={t("hotline:read_state")}>
      {message.heard.map((one) => (
        <Standing key={one.party} one={one} message={message} />
      ))}
    </ul>
  );
}

function Standing({ one, message }: { one: Heard; message: Message }) {
  const { rung } = reached(one);
  const ours = message.author === me();
  const link = links.value.find((found) => found.peer === one.party);
  const values = expected(message);
  return (
    <li class={`rung ${rung}`}>
      <strong>
        <bdi>{one.party}</bdi>: <span aria-hidden="true">{MARKS[rung] ?? "✓"}</span>{" "}
        {word("codes", rung)}
      </strong>
      <Step what="received" ms={one.received_ms} />
      <Step what="read" ms={one.read_ms} />
      <Step what="read-back" ms={one.read_back_ms} />
      {one.answered_ms >= 0 && <Step what={rung} ms={one.answered_ms} />}
      {(one.person || one.role) && one.read_ms >= 0 && (
        <span>
          {one.person && (
            <button type="button" class="name" onClick={() => openPerson(one.person)}>
              <bdi>{one.person}</bdi>
            </button>
          )}{" "}
          <bdi>{one.role}</bdi>
        </span>
      )}
      {one.text && <bdi class="words">{one.text}</bdi>}
      {one.wrong.length > 0 && (
        <strong class="wrong" role="alert">
          {t("hotline:wrong_read_back", { names: one.wrong.join(", ") })}
        </strong>
      )}
      {values.length > 0 && one.rung === "read" && !one.wrong.length && (
        <span class="awaits">{t("hotline:read_back_awaited")}</span>
      )}
      {ours && rung === "sent" && !message.withdrawn && (
        <span class="waits">
          {link && !link.up
            ? t("hotline:waits_down", { party: one.party })
            : t("hotline:on_its_way", { party: one.party })}
        </span>
      )}
    </li>
  );
}

const Step = ({ what, ms }: { what: string; ms: number }) =>
  ms >= 0 ? (
    <span class="step">
      {word("codes", what)} <Time ms={ms} full />
    </span>
  ) : null;
