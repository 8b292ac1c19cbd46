// All figures of the period by section: a row a figure, a column a direction.
import { t, word } from "../i18n";
import { direction, told } from "./Charts";
import type { Figure, Measured } from "./state";

const FIRST = ["notices", "lead", "answers", "reciprocity", "urgent", "hotline", "outages", "open"];

export function Figures({ found }: { found: Measured }) {
  const sections = [...new Set(found.figures.map((one) => one.section))].sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  return (
    <section class="stack">
      <h3>{t("health:figures")}</h3>
      {sections.map((section) => (
        <Section
          key={section}
          section={section}
          figures={found.figures.filter((one) => one.section === section)}
        />
      ))}
    </section>
  );
}

const rank = (section: string): number => (FIRST.indexOf(section) + 99) % 99;

function Section({ section, figures }: { section: string; figures: readonly Figure[] }) {
  const columns = [...new Set(figures.map((one) => one.of))];
  const names = [...new Set(figures.map((one) => one.name))];
  const at = new Map(figures.map((one) => [`${one.name} ${one.of}`, one]));
  return (
    <details open={section === "notices"}>
      <summary>{word("health", section)}</summary>
      <div class="scroll">
        <table>
          <caption class="visually-hidden">{word("health", section)}</caption>
          <thead>
            <tr>
              <th scope="col">{t("health:figure")}</th>
              {columns.map((of) => (
                <th key={of} scope="col" dir="ltr">
                  {direction(of)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{word("health", name)}</th>
                {columns.map((of) => (
                  <Cell key={of} figure={at.get(`${name} ${of}`)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Cell({ figure }: { figure: Figure | undefined }) {
  if (!figure) return <td />;
  if (figure.value === null || figure.value === undefined) {
    return (
      <td class="dim" title={figure.why}>
        –
      </td>
    );
  }
  return <td dir="ltr">{told(figure.unit ?? "count", figure.value)}</td>;
}
