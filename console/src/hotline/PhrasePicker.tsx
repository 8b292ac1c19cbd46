// The phrase book: a number or words in any language find a phrase; Enter takes it.
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { book, languageName, phraseOf } from "./book";
import { fill, findPhrases, type Phrase } from "./logic";
import { Said } from "./Said";
import { myLanguage } from "./store";

const ROWS = 6;

interface Props {
  language: string;
  onPick: (phrase: string) => void;
}

export function PhrasePicker({ language, onPick }: Props) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = query.trim() ? findPhrases(book.value?.phrases ?? [], query) : [];
  const shown = found.slice(0, ROWS);
  const chosen = shown[Math.min(at, shown.length - 1)];
  const pressed = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setAt(Math.min(Math.max(at + by, 0), Math.max(shown.length - 1, 0)));
    else if (event.key === "Enter" && !event.ctrlKey) {
      if (chosen) onPick(chosen.id);
    } else return;
    event.preventDefault();
  };
  return (
    <div class="picker">
      <label>
        {t("hotline:phrase_search")}
        <input
          dir="auto"
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={id}
          aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
          autocomplete="off"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={pressed}
        />
      </label>
      <ul id={id} role="listbox" aria-label={t("hotline:phrases")}>
        {shown.map((one) => (
          <li
            key={one.id}
            id={`${id}-${one.id}`}
            role="option"
            aria-selected={one === chosen}
            onClick={() => onPick(one.id)}
          >
            <Told phrase={one} languages={[language]} whole={one === chosen} />
          </li>
        ))}
      </ul>
      {query.trim() !== "" && (
        <p class="told" role="status">
          {found.length
            ? t("hotline:phrases_found", { count: found.length })
            : t("hotline:no_phrase")}
        </p>
      )}
    </div>
  );
}

/** Meaning, phrase, how it is said aloud, and what is owed as the answer. */
export function Told(props: {
  phrase: Phrase;
  languages: readonly string[];
  filled?: Readonly<Record<string, string>>;
  whole: boolean;
}) {
  const { phrase, languages, filled = {}, whole } = props;
  return (
    <div class="phrase">
      <p>
        <code>{phrase.id.slice(2)}</code>{" "}
        <span class="meaning" lang="en" dir="ltr">
          {phrase.meaning}
        </span>
      </p>
      <div class="wordings">
        {languages.map((one) => (
          <Wording
            key={one}
            wording={phrase.wordings[one]}
            language={one}
            filled={filled}
            named={languages.length > 1}
          />
        ))}
      </div>
      {whole && phrase.replies.length > 0 && (
        <p class="replies">
          {t("hotline:reply_owed")}{" "}
          {phrase.replies.map((id) => (
            <span key={id}>
              <code>{id.slice(2)}</code>{" "}
              <bdi>{phraseOf(id)?.wordings[languages[0] ?? "en"]?.text}</bdi>{" "}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function Wording(props: {
  wording: Phrase["wordings"][string] | undefined;
  language: string;
  filled: Readonly<Record<string, string>>;
  named: boolean;
}) {
  const { wording, language, filled } = props;
  if (!wording) return null;
  return (
    <div class="wording">
      {props.named && <small>{languageName(language, myLanguage())}</small>}
      <Said text={fill(wording.text, filled)} lang={language} dir={wording.direction} />
      {wording.pronounced && <Said text={fill(wording.pronounced, filled)} class="pronounced" />}
    </div>
  );
}
