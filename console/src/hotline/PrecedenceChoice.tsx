// How soon a message is to be read: four choices, one key each.
import { t, word } from "../i18n";
import { nameOf } from "../ui/keys";
import { PRECEDENCES, SHAPES, type Precedence } from "./logic";

const KEYS: Record<string, Precedence> = {
  f: "flash",
  i: "immediate",
  p: "priority",
  r: "routine",
};

interface Props {
  value: Precedence;
  onChange: (value: Precedence) => void;
  /** A key chose it: the hands go on to the next field. */
  onChosen: () => void;
}

export function PrecedenceChoice({ value, onChange, onChosen }: Props) {
  return (
    <fieldset
      class="row precedences"
      onKeyDown={(event) => {
        const chosen = KEYS[nameOf(event)];
        if (!chosen) return;
        event.preventDefault();
        event.stopPropagation();
        onChange(chosen);
        onChosen();
      }}
    >
      <legend>{t("hotline:precedence")}</legend>
      {PRECEDENCES.map((one) => (
        <label key={one} class={`precedence is-${one} ${one === value ? "chosen" : ""}`}>
          <input
            type="radio"
            name="precedence"
            value={one}
            checked={one === value}
            {...(one === value ? { "data-first": "" } : {})}
            onChange={() => onChange(one)}
          />
          <span aria-hidden="true">{SHAPES[one]}</span> {word("hotline", one)}{" "}
          <kbd aria-hidden="true">{one[0]}</kbd>
        </label>
      ))}
    </fieldset>
  );
}
