// To whom, exercise or real, and words.
import { t } from "../i18n";
import { Field } from "../ui/parts";
import { Part } from "./Form";
import { addressees, change, others, words } from "./state";
import type { Lacking } from "./words";

const MOST = 4000;

export function Addressed({ wrong }: { wrong: readonly Lacking[] }) {
  const { exercise, text, item } = words.value;
  const to = addressees.value;
  const fixed = item !== "";
  return (
    <>
      <Part number="9" title={t("notice:to")}>
        <div class={wrong.includes("to") ? "row field wrong" : "row"}>
          {others.value.map((one) => (
            <label key={one} class="row">
              <input
                type="checkbox"
                name="to"
                value={one}
                disabled={fixed}
                checked={to.includes(one)}
                onChange={(event) =>
                  change({
                    to: event.currentTarget.checked
                      ? [...to, one].sort()
                      : to.filter((other) => other !== one),
                  })
                }
              />
              <bdi dir="auto">{one}</bdi>
            </label>
          ))}
          {wrong.includes("to") && (
            <p class="told" role="alert">
              {t("notice:to_needed")}
            </p>
          )}
        </div>
      </Part>
      <Part number="2" title={t("notice:mode")}>
        <label class="row">
          <input
            type="checkbox"
            name="exercise"
            disabled={fixed}
            checked={exercise}
            onChange={(event) => change({ exercise: event.currentTarget.checked })}
          />
          {t("notice:exercise")}
        </label>
      </Part>
      <Field label={t("notice:words")} hint={t("notice:words_hint")}>
        {(ids) => (
          <textarea
            {...ids}
            name="text"
            dir="auto"
            rows={2}
            maxLength={MOST}
            value={text}
            onInput={(event) => change({ text: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
        )}
      </Field>
    </>
  );
}
