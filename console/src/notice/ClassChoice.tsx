// The class of the activity, with what the agreement asks for it; digits choose it.
import { t } from "../i18n";
import { span } from "../ui/time";
import { Part } from "./Form";
import { choose, classes, words, type ActivityClass } from "./state";
import type { Lacking } from "./words";

export function ClassChoice({ wrong }: { wrong: readonly Lacking[] }) {
  const bad = wrong.includes("class");
  const digit = (event: KeyboardEvent) => {
    const found = /^Digit([1-9])$/.exec(event.code);
    const chosen = found && classes.peek()[Number(found[1]) - 1];
    if (!chosen || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(chosen.id);
    document.querySelector<HTMLElement>(`.notice-form [name=class][value="${chosen.id}"]`)?.focus();
  };
  return (
    <Part number="4" title={t("notice:class")}>
      <div class={bad ? "field wrong classes" : "classes"} onKeyDown={digit}>
        {classes.value.map((one, n) => (
          <label key={one.id}>
            <input
              type="radio"
              name="class"
              value={one.id}
              checked={words.value.activity_class === one.id}
              onChange={() => choose(one.id)}
            />
            {n < 9 && <kbd aria-hidden="true">{n + 1}</kbd>}
            <b dir="auto">{one.title}</b> <small>{askedFor(one)}</small>
          </label>
        ))}
        {bad && (
          <p class="told" role="alert">
            {t("notice:class_needed")}
          </p>
        )}
      </div>
    </Part>
  );
}

const askedFor = (one: ActivityClass): string =>
  [
    t("notice:lead", { time: span(one.lead_s * 1000) }),
    ...(one.needs_read_back ? [t("notice:read_back_owed")] : []),
    ...(one.needs_all_clear ? [t("notice:all_clear_owed")] : []),
  ].join(" · ");
