// What stands beside the original: the phrase book's wording, or a machine's suggestion.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { Problem, post } from "../api/client";
import { t } from "../i18n";
import { may } from "../state/session";
import { Button, Refusal } from "../ui/parts";
import { useAct } from "./acting";
import { book, languageName, phraseOf, wordingOf } from "./book";
import { contentOf, type Message, type Suggestion } from "./logic";
import { Said } from "./Said";
import { me, myLanguage } from "./store";

/** The node said that it has none; it is not asked again before the next log-in. */
const noTranslator = signal(false);
const kept = new Map<string, Suggestion>();
const KEPT = 200;

export function Beside({ message }: { message: Message }) {
  return message.phrase ? <FromBook message={message} /> : <Free message={message} />;
}

/** In the reader's language; where that is the original's, in another one that the book has. */
function FromBook({ message }: { message: Message }) {
  const said = contentOf(message);
  const mine = myLanguage();
  const others = (book.value?.languages ?? []).filter((one) => one !== message.language);
  const [chosen, choose] = useState("");
  const language = chosen || (mine !== message.language ? mine : (others[0] ?? mine));
  const text =
    language === mine && message.wording && mine !== message.language
      ? message.wording
      : wordingOf(said, language);
  return (
    <section class="beside">
      <h5>
        {t("hotline:from_book", { language: languageName(language, mine) })}
        <select
          aria-label={t("hotline:other_language")}
          value={language}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {others.map((one) => (
            <option key={one} value={one}>
              {languageName(one, mine)}
            </option>
          ))}
        </select>
      </h5>
      {text ? (
        <Said text={text} lang={language} />
      ) : (
        <p class="told">{t("hotline:not_in_book", { phrase: message.phrase })}</p>
      )}
      {message.meaning && (
        <p class="meaning" lang="en" dir="ltr">
          {message.meaning}
        </p>
      )}
    </section>
  );
}

/** The phrases of which one is owed as the answer, in the original's language and the reader's. */
export function Replies({ message }: { message: Message }) {
  const languages = [...new Set([message.language, myLanguage()])];
  return (
    <div class="replies">
      <h6>{message.author === me() ? t("hotline:reply_expected") : t("hotline:reply_required")}</h6>
      <ul>
        {message.replies.map((id) => {
          const phrase = phraseOf(id);
          return (
            <li key={id}>
              <code>{id}</code>
              {languages.map((one) => {
                const text = phrase?.wordings[one]?.text;
                return text ? <Said key={one} text={text} lang={one} /> : null;
              })}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Free({ message }: { message: Message }) {
  const mine = myLanguage();
  const key = `${message.ref}@${message.version}/${mine}`;
  const [found, setFound] = useState<Suggestion | undefined>(kept.get(key));
  const act = useAct();
  if (message.language.split("-")[0] === mine)
    return (
      <section class="beside">
        <p class="told">{t("hotline:same_language")}</p>
      </section>
    );
  const translate = () =>
    act.run(async () => {
      try {
        const body = { ref: message.ref, target: mine };
        const suggestion = await post<Suggestion>("/v1/hotline/translate", body);
        if (kept.size >= KEPT) kept.clear();
        kept.set(key, suggestion);
        setFound(suggestion);
      } catch (error) {
        if (error instanceof Problem && error.code === "no-translator") noTranslator.value = true;
        else throw error;
      }
    });
  return (
    <section class="beside">
      {found ? (
        <Suggested found={found} />
      ) : noTranslator.value ? (
        <p class="told">{t("hotline:no_translator")}</p>
      ) : (
        may("talk") && (
          <Button tone="quiet" disabled={act.busy} onClick={() => void translate()}>
            {t("hotline:translate", { language: languageName(mine, mine) })}
          </Button>
        )
      )}
      <Refusal error={act.error} />
    </section>
  );
}

/** Never alone: it stands beside the original, and says what it is. */
const Suggested = ({ found }: { found: Suggestion }) => (
  <div class="suggestion">
    <h5>
      <span aria-hidden="true">⚙ </span>
      {t("hotline:suggestion")}
    </h5>
    <p class="label">
      <bdi>{found.label}</bdi>
    </p>
    <Said text={found.text} lang={found.target} dir={found.direction} />
  </div>
);
