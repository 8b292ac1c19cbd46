// One message: who, when, how urgent; the original and beside it what helps to read it; its state.
import { useLayoutEffect } from "preact/hooks";
import { t, word } from "../i18n";
import { selected, select } from "../state/url";
import { Countdown, Marking } from "../ui/parts";
import { Acts, useActs } from "./Acts";
import { Beside, Replies } from "./Beside";
import { languageName } from "./book";
import { contentOf, owes, readByMs, SHAPES, type Message as One } from "./logic";
import { openPerson } from "./PersonCard";
import { ReadState } from "./ReadState";
import { Said } from "./Said";
import { Stamp } from "./Stamp";
import { me, myLanguage } from "./store";

/** What keys do on the message that has the focus. */
export type Keyed = Record<string, () => void>;

interface Props {
  message: One;
  focused: boolean;
  onFocus: (ref: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  /** By the ref of the message. */
  keys: { current: Map<string, Keyed> };
  go: (ref: string) => void;
}

export function Message({ message, focused, onFocus, onKeyDown, keys, go }: Props) {
  const acts = useActs(message);
  useLayoutEffect(() => {
    keys.current.set(message.ref, acts.keys);
  });
  const ours = message.author === me();
  const owed = owes(message, me());
  const said = contentOf(message);
  return (
    <article
      class={`message ${ours ? "ours" : "theirs"} ${owed ? "owed" : ""}`}
      tabIndex={focused ? 0 : -1}
      data-ref={message.ref}
      aria-label={t("hotline:message_name", {
        precedence: word("hotline", message.precedence),
        from: message.author,
        ref: message.ref,
      })}
      aria-current={selected.value === message.ref ? "true" : undefined}
      onFocus={() => onFocus(message.ref)}
      onKeyDown={onKeyDown}
    >
      <Head message={message} />
      {message.reply_to && <Jump label={t("hotline:answers")} ref_={message.reply_to} go={go} />}
      <div class="texts">
        <section class="original">
          <h5>
            {t("hotline:original", { language: languageName(message.language, myLanguage()) })}
            {message.phrase && <code>{message.phrase}</code>}
          </h5>
          <Said text={message.original} lang={message.language} dir={message.direction} />
        </section>
        <Beside message={message} />
        {message.replies.length > 0 && <Replies message={message} />}
      </div>
      {said.attachments.length > 0 && <Attached files={said.attachments} />}
      <ReadState message={message} />
      {owed && !ours && (
        <p class="owed-line">
          {t(owed === "read" ? "hotline:you_owe_read" : "hotline:you_owe_read_back")}{" "}
          {owed === "read" && readByMs(message) >= 0 && (
            <Countdown ms={readByMs(message)} label={t("hotline:read_by")} />
          )}
        </p>
      )}
      {message.answers.map((ref) => (
        <Jump key={ref} label={t("hotline:answered_by")} ref_={ref} go={go} />
      ))}
      <Acts acts={acts} message={message} focused={focused} />
    </article>
  );
}

function Head({ message }: { message: One }) {
  return (
    <header>
      <span class={`precedence is-${message.precedence}`}>
        <span aria-hidden="true">{SHAPES[message.precedence]}</span>{" "}
        {word("hotline", message.precedence)}
      </span>
      {message.exercise && <strong class="exercise">{t("app:exercise")}</strong>}
      <span class="who" dir="ltr">
        <bdi>{message.author}</bdi> <span aria-hidden="true">→</span>{" "}
        <bdi>{message.to.join(", ")}</bdi>
      </span>
      <span class="person">
        {message.person ? (
          <button type="button" class="name" onClick={() => openPerson(message.person)}>
            <bdi>{message.person}</bdi>
          </button>
        ) : null}
        <bdi>{message.role}</bdi>
      </span>
      <Stamp ms={message.at_ms} party={message.author} />
      {message.version > 1 && <em>{t("hotline:version", { n: message.version })}</em>}
      {message.withdrawn && <strong class="withdrawn">{t("hotline:withdrawn")}</strong>}
      <button
        type="button"
        class="ref mono"
        dir="ltr"
        aria-label={t("hotline:select", { ref: message.ref })}
        onClick={() => select(message.ref)}
      >
        {message.ref}
      </button>
      <Marking marking={message.marking.banner} />
    </header>
  );
}

function Jump(props: { label: string; ref_: string; go: (ref: string) => void }) {
  const ref = props.ref_.split("@")[0] ?? props.ref_;
  return (
    <p class="jump">
      {props.label}{" "}
      <button type="button" class="mono" dir="ltr" onClick={() => props.go(ref)}>
        {ref}
      </button>
    </p>
  );
}

export function Attached({
  files,
}: {
  files: readonly { name: string; size: number; media_type: string; sha256: string }[];
}) {
  return (
    <ul class="files" aria-label={t("hotline:attachments")}>
      {files.map((file) => (
        <li key={file.sha256}>
          <bdi>{file.name}</bdi> <bdi>{file.media_type}</bdi>{" "}
          {t("hotline:bytes", { count: file.size })}{" "}
          <code dir="ltr" title={file.sha256}>
            SHA-256 {file.sha256}
          </code>
        </li>
      ))}
    </ul>
  );
}
