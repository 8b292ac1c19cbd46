// A message being written: precedence by key, a phrase or free words, its marking, whom it goes to.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Button, Refusal } from "../ui/parts";
import { useAct } from "./acting";
import { phraseOf, useBook } from "./book";
import { ComposerLinks } from "./ComposerLinks";
import { drafts, type Draft } from "./composing";
import { Details, type Extras } from "./Details";
import {
  fill,
  fits,
  LONGEST,
  lengthOf,
  theirLanguage,
  type Line,
  type LineName,
  type Message,
  type Phrase,
  type Precedence,
} from "./logic";
import { PhraseForm } from "./PhraseForm";
import { PhrasePicker } from "./PhrasePicker";
import { PrecedenceChoice } from "./PrecedenceChoice";
import { me, myLanguage, say } from "./store";

interface Props {
  line: LineName;
  party: string;
  lines: readonly Line[];
  thread: readonly Message[];
}

export function Composer({ line, party, lines, thread }: Props) {
  const draft = drafts[line].value ?? {};
  const writing = useWriting(line, party, draft, thread);
  const { act, free, phrase } = writing;
  const form = useRef<HTMLFormElement>(null);
  useBook();
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, [draft]);
  const phraseId = phrase?.id ?? "";
  const before = useRef(phraseId);
  useLayoutEffect(() => {
    if (phraseId === before.current) return;
    before.current = phraseId;
    const next = phraseId ? ".phrase-form input, button[type=submit]" : ".picker input";
    form.current?.querySelector<HTMLElement>(next)?.focus();
  }, [phraseId]);
  const close = () => (drafts[line].value = null);
  const send = async () => {
    if (writing.ready && (await act.run(writing.send))) close();
  };
  const over = lengthOf(free) - LONGEST;
  return (
    <form
      ref={form}
      class={`composer ${line}`}
      aria-label={t(`hotline:write_${line}`)}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
        if (event.key === "Enter" && event.ctrlKey) {
          event.preventDefault();
          void send();
        }
      }}
    >
      <header class="row">
        <h4>{t(`hotline:write_${line}`)}</h4>
        {draft.answers && (
          <span>
            {t("hotline:answers")} <bdi class="mono">{draft.answers.ref}</bdi>
          </span>
        )}
      </header>
      <ComposerLinks {...{ line, lines }} to={writing.to} onTo={writing.setTo} />
      <PrecedenceChoice
        value={writing.precedence}
        onChange={writing.setPrecedence}
        onChosen={() => form.current?.querySelector<HTMLElement>(".picker input")?.focus()}
      />
      {phrase ? (
        <PhraseForm
          phrase={phrase}
          language={writing.language}
          theirs={writing.theirs}
          filled={writing.filled}
          onFill={writing.setFilled}
          onDrop={() => writing.setPhrase("")}
        />
      ) : (
        <>
          <PhrasePicker language={writing.language} onPick={writing.setPhrase} />
          <label class="free">
            {t("hotline:free_text")}
            <textarea
              dir="auto"
              rows={3}
              value={free}
              onInput={(event) => writing.setFree(event.currentTarget.value)}
            />
          </label>
          {over > -200 && (
            <p class={over > 0 ? "told wrong" : "told"} role={over > 0 ? "alert" : undefined}>
              {over > 0
                ? t("hotline:too_long", { over, most: LONGEST })
                : t("hotline:left", { count: -over })}
            </p>
          )}
        </>
      )}
      <Details
        phrase={phrase !== undefined}
        language={writing.language}
        onLanguage={writing.setLanguage}
        to={writing.to}
        extras={writing.extras}
        onExtras={writing.setExtras}
      />
      <p class="row">
        <Button type="submit" tone="main" hotkey="Ctrl+Enter" disabled={!writing.ready || act.busy}>
          {t("hotline:send")}
        </Button>
        <Button tone="quiet" hotkey="Escape" onClick={close}>
          {t("app:cancel")}
        </Button>
      </p>
      <Refusal error={act.error} />
    </form>
  );
}

/** All that makes up the message, and the act of sending it. */
function useWriting(line: LineName, party: string, draft: Draft, thread: readonly Message[]) {
  const [precedence, setPrecedence] = useState<Precedence>(draft.answers?.precedence ?? "priority");
  const [phraseId, setPhrase] = useState(draft.phrase ?? "");
  const [filled, setFilled] = useState<Record<string, string>>({});
  const [free, setFree] = useState("");
  const [language, setLanguage] = useState<string>(myLanguage());
  const [to, setTo] = useState<readonly string[]>([draft.answers?.author ?? party]);
  const [extras, setExtras] = useState<Extras>({
    tlp: "",
    originatorControl: true,
    exercise: draft.answers?.exercise ?? false,
    readBack: [],
    files: [],
  });
  const act = useAct();
  useEffect(() => {
    if (draft.phrase) setPhrase(draft.phrase);
    if (draft.answers) {
      setPrecedence(draft.answers.precedence);
      setTo([draft.answers.author]);
    }
  }, [draft]);
  const phrase = phraseId ? phraseOf(phraseId) : undefined;
  const complete = phrase
    ? phrase.blanks.every(({ name, kind }) => fits(kind, filled[name] ?? ""))
    : free.trim() !== "" && lengthOf(free) <= LONGEST;
  const send = () =>
    say(
      "message",
      {
        content: {
          line,
          precedence,
          language,
          reply_to: draft.answers?.ref ?? "",
          attachments: extras.files,
          ...(phrase ? phrased(phrase, language, filled) : inWords(free, extras)),
        },
        marking: markingOf(extras, to),
        exercise: extras.exercise,
      },
      to,
    );
  return {
    ...{ precedence, setPrecedence, phrase, setPhrase, filled, setFilled, free, setFree },
    ...{ language, setLanguage, to, setTo, extras, setExtras, act, send },
    theirs: theirLanguage(thread, me(), language === "en" ? "ru" : "en"),
    ready: complete && to.length > 0,
  };
}

function phrased(phrase: Phrase, language: string, filled: Record<string, string>) {
  const blanks = phrase.blanks.map(({ name }) => ({ name, value: (filled[name] ?? "").trim() }));
  const wording = phrase.wordings[language]?.text ?? "";
  return { phrase: phrase.id, blanks, text: fill(wording, filled) };
}

const inWords = (free: string, extras: Extras) => ({
  text: free.trim(),
  read_back: extras.readBack
    .map(({ name, value }) => ({ name: name.trim(), value: value.trim() }))
    .filter(({ name, value }) => name && value),
});

/** Null: as it is agreed for the line, for its addressees alone. */
const markingOf = (extras: Extras, to: readonly string[]) =>
  extras.tlp
    ? {
        tlp: extras.tlp,
        rel_to: extras.tlp === "clear" ? [] : [...to].sort(),
        originator_control: extras.originatorControl,
      }
    : null;
