// Which series are drawn: notices, lead times, answers, outages, reciprocity.
import { t, type Key } from "../i18n";
import { span } from "../ui/time";
import { Chart } from "./Chart";
import { drawn } from "./state";

interface Plan {
  title: Key;
  name: string;
  kind: "bars" | "lines";
}

const PLANS: readonly Plan[] = [
  { title: "health:chart_notices", name: "notices", kind: "bars" },
  { title: "health:chart_lead", name: "lead-median", kind: "lines" },
  { title: "health:chart_answers", name: "answer-median", kind: "lines" },
  { title: "health:chart_in_time", name: "in-time", kind: "lines" },
  { title: "health:chart_outages", name: "outage", kind: "bars" },
  { title: "health:chart_reciprocity", name: "reciprocity-difference", kind: "bars" },
];

export function told(unit: string, value: number): string {
  if (unit === "ms") return span(value);
  if (unit === "permille") return `${Math.round(value / 10)} %`;
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** "blue>green" as people write it. */
export const direction = (of: string): string => of.replace("<>", " ↔ ").replace(/>/, " → ");

export function Charts() {
  const found = drawn.value;
  if (!found) return null;
  return (
    <div class="charts">
      {PLANS.map((plan) => {
        const series = found.series.filter((one) => one.name === plan.name);
        return (
          <Chart
            key={plan.name}
            title={t(plan.title)}
            kind={plan.kind}
            edges_ms={found.edges_ms}
            rows={series.map((one) => ({ label: direction(one.of), values: one.values }))}
            told={(value) => told(series[0]?.unit ?? "count", value)}
          />
        );
      })}
    </div>
  );
}
