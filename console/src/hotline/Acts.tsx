// What may be done with a message: read, read back, answer with a phrase at one key, or in words.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { may } from "../state/session";
import { Button, Refusal } from "../ui/parts";
import { useAct, type Act } from "./acting";
import { phraseOf, wordingOf } from "./book";
import { drafts } from "./composing";
import { contentOf, expected, mine, owes, type Message } from "./logic";
import type { Keyed } from "./Message";
import { focusOnce, ReadBack } from "./ReadBack";
import { climb, me, myLanguage, say, shown, type Rung } from "./store";

export interface MessageActs {
  act: Act;
  keys: Keyed;
  /** The form that is open under the message. */
  form: "" | "read-back" | "objected" | "unable";
  open: (form: MessageActs["form"]) => void;
  answer: (rung: Rung, text?: string) => void;
  phrases: readonly string[];
  say: (phrase: string) => void;
}

export function useActs(message: Message): MessageActs {
  const act = useAct();
  const [form, open] = useState<MessageActs["form"]>("");
  const asked = mine(message, me()) !== undefined && !message.withdrawn && may("talk");
  const send = async (rung: Rung, text = "") =>
    shown(message.line, await climb(message, rung, text));
  const answer = (rung: Rung, text = "") =>
    void act.run(() => send(rung, text)).then((done) => done && open(""));
  const read = async () => {
    if (owes(message, me()) === "read") await send("read");
  };
  const speak = (phrase: string) =>
    void act.run(async () => {
      await read();
      const found = phraseOf(phrase);
      if (!found || found.blanks.length > 0)
        drafts[message.line].value = { answers: message, phrase };
      else await sayPhrase(message, phrase);
    });
  const phrases = asked && message.author !== me() ? message.replies : [];
  const write = () => (drafts[message.line].value = { answers: message });
  const keys: Keyed = asked ? keysOf(message, { answer, open, speak, phrases, write }) : {};
  return { act, keys, form, open, answer, phrases, say: speak };
}

/** Signed in the officer's own language; the other side reads the book's wording in its own. */
async function sayPhrase(message: Message, phrase: string): Promise<void> {
  const language = myLanguage();
  const content = {
    line: message.line,
    precedence: message.precedence,
    language,
    phrase,
    text: wordingOf({ ...contentOf(message), phrase, blanks: [] }, language),
    reply_to: message.ref,
  };
  await say("message", { content, exercise: message.exercise }, [message.author]);
}

function keysOf(
  message: Message,
  does: {
    answer: (rung: Rung) => void;
    open: (form: MessageActs["form"]) => void;
    speak: (phrase: string) => void;
    phrases: readonly string[];
    write: () => void;
  },
): Keyed {
  const [first, second] = does.phrases;
  const owed = owes(message, me());
  const settled = (mine(message, me())?.answered_ms ?? -1) >= 0;
  return {
    ...(owed === "read" ? { a: () => does.answer("read") } : {}),
    ...(expected(message).length && !settled ? { r: () => does.open("read-back") } : {}),
    ...(first ? { y: () => does.speak(first) } : {}),
    ...(second ? { Y: () => does.speak(second) } : {}),
    ...(settled
      ? {}
      : {
          c: () => does.answer("accepted"),
          o: () => does.open("objected"),
          u: () => does.open("unable"),
        }),
    Enter: does.write,
  };
}

export function Acts(props: { acts: MessageActs; message: Message; focused: boolean }) {
  const { acts, message, focused } = props;
  const { act, keys } = acts;
  if (Object.keys(keys).length === 0) return <Refusal error={act.error} />;
  const hot = (key: string) => (focused ? { hotkey: key === "Y" ? "Shift+Y" : key } : {});
  const button = (key: string, label: string, tone: "main" | "plain" | "quiet" = "plain") =>
    keys[key] && (
      <Button tone={tone} disabled={act.busy} {...hot(key)} onClick={keys[key]}>
        {label}
      </Button>
    );
  const [first, second] = acts.phrases;
  return (
    <>
      <div class="row acts">
        {button("a", t("hotline:mark_read"), "main")}
        {button("r", t("hotline:read_back"), "main")}
        {first && button("y", t("hotline:reply_with", { text: textOf(first) }))}
        {second && button("Y", t("hotline:reply_with", { text: textOf(second) }))}
        {button("Enter", t("hotline:answer_in_words"), "quiet")}
        {button("c", t("hotline:accept"), "quiet")}
        {button("o", t("hotline:object"), "quiet")}
        {button("u", t("hotline:unable"), "quiet")}
      </div>
      {acts.form === "read-back" && <ReadBack message={message} onClose={() => acts.open("")} />}
      {(acts.form === "objected" || acts.form === "unable") && <Why form={acts.form} acts={acts} />}
      <Refusal error={act.error} />
    </>
  );
}

const textOf = (phrase: string): string => {
  const found = phraseOf(phrase);
  return `${phrase.slice(2)} ${found?.wordings[myLanguage()]?.text ?? ""}`.trim();
};

export function Why(props: {
  form: "objected" | "unable";
  acts: Pick<MessageActs, "answer" | "open" | "act">;
}) {
  const [text, setText] = useState("");
  return (
    <form
      class="row why"
      onSubmit={(event) => {
        event.preventDefault();
        props.acts.answer(props.form, text.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") props.acts.open("");
      }}
    >
      <input
        dir="auto"
        ref={focusOnce}
        aria-label={t("hotline:why")}
        placeholder={t("hotline:why")}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" tone="main" disabled={props.acts.act.busy}>
        {t(props.form === "objected" ? "hotline:object" : "hotline:unable")}
      </Button>
      <Button tone="quiet" onClick={() => props.acts.open("")}>
        {t("app:cancel")}
      </Button>
    </form>
  );
}
