// A chosen phrase: its blanks, and how it reads filled, in both sides' languages.
import { t } from "../i18n";
import { nowMs } from "../state/clock";
import { Button } from "../ui/parts";
import { fits, zuluBlank, type Phrase } from "./logic";
import { Told } from "./PhrasePicker";

interface Props {
  phrase: Phrase;
  language: string;
  theirs: string;
  filled: Record<string, string>;
  onFill: (filled: Record<string, string>) => void;
  onDrop: () => void;
}

export function PhraseForm({ phrase, language, theirs, filled, onFill, onDrop }: Props) {
  return (
    <div class="phrase-form">
      <Told phrase={phrase} languages={[...new Set([language, theirs])]} filled={filled} whole />
      {phrase.blanks.map(({ name, kind, form }) => {
        const value = filled[name] ?? "";
        const wrong = value !== "" && !fits(kind, value);
        return (
          <label key={name} class={wrong ? "blank wrong" : "blank"}>
            <bdi>{name}</bdi>
            <span class="row">
              <input
                dir="ltr"
                name={name}
                autocomplete="off"
                aria-invalid={wrong}
                value={value}
                onInput={(event) => onFill({ ...filled, [name]: event.currentTarget.value })}
              />
              {kind === "time" &&
                [0, 30, 60].map((minutes) => (
                  <Button
                    key={minutes}
                    tone="quiet"
                    onClick={() =>
                      onFill({ ...filled, [name]: zuluBlank(nowMs() + minutes * 60_000) })
                    }
                  >
                    {minutes ? t("hotline:in_minutes", { count: minutes }) : t("hotline:now")}
                  </Button>
                ))}
            </span>
            <small class="told" dir="ltr" lang="en">
              {form}
            </small>
          </label>
        );
      })}
      {phrase.blanks.length > 0 && <p class="told">{t("hotline:blanks_read_back")}</p>}
      <Button tone="quiet" onClick={onDrop}>
        {t("hotline:other_phrase")}
      </Button>
    </div>
  );
}
