// Names and figures of an incident as people read them.
import { t, word, type Key } from "../i18n";
import { number } from "../ui/time";
import type { Against, Claim, Timeline } from "./model";

export const nameOf = (found: Timeline, id: string): string => found.names[id] ?? id;

/** A word of this room for a code of the node, or the code. */
export const told = (kind: string, code: string): string => {
  const name = `${kind}_${code.replaceAll("-", "_")}`;
  const found = word("incident", name);
  return found === name ? code : found;
};

/** What a line of our log is. */
export function kindOf(code: string): string {
  const found = told("kind", code);
  return found === code ? word("codes", code) : found;
}

/** A closed range with its unit; one bound may be missing. */
export function quantity(claim: Claim): string {
  const { least, most, unit } = claim;
  if (least === null && most === null) return "";
  if (least === most) return t("incident:exactly", { value: number(least ?? 0), unit });
  if (most === null) return t("incident:at_least", { value: number(least ?? 0), unit });
  if (least === null) return t("incident:at_most", { value: number(most), unit });
  return t("incident:from_to", { least: number(least), most: number(most), unit });
}

export const metres = (m: number): string =>
  m >= 10_000
    ? t("incident:km", { value: number(Math.round(m / 1000)) })
    : t("incident:m", { value: number(m) });

/** What was measured between two claims that cannot both be. */
export const measures = (one: Against, unit: string): string[] =>
  Object.entries(one.measures).map(([name, value]) =>
    name.endsWith("_m")
      ? t(`incident:measure_${name}` as Key, { value: metres(value) })
      : name === "number_gap"
        ? t("incident:measure_number_gap", { value: number(value), unit })
        : `${told("measure", name)} ${number(value)}`,
  );
