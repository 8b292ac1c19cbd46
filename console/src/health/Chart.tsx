// One chart: bars or lines over the days of a period, and the same as a table for who cannot see.
import { useId } from "preact/hooks";
import { t } from "../i18n";
import { zulu } from "../ui/time";

export interface Row {
  label: string;
  values: readonly (number | null)[];
}

const WIDTH = 520;
const HEIGHT = 150;
const LEFT = 56;
const BELOW = 18;
/** Each direction has its own shape of line and bar beside its colour. */
const DASHES = ["", "5 3", "2 2", "8 3 2 3"];

interface Props {
  title: string;
  edges_ms: readonly number[];
  rows: readonly Row[];
  kind: "bars" | "lines";
  told: (value: number) => string;
}

export function Chart({ title, edges_ms, rows, kind, told }: Props) {
  const id = useId();
  const known = rows.flatMap((row) => row.values.filter((v): v is number => v !== null));
  if (known.length === 0) {
    return (
      <figure class="plot">
        <figcaption>{title}</figcaption>
        <p class="empty">{t("health:none")}</p>
      </figure>
    );
  }
  const top = Math.max(1, ...known);
  const low = Math.min(0, ...known);
  const y = (value: number) => 6 + ((top - value) / (top - low)) * (HEIGHT - BELOW - 6);
  const step = (WIDTH - LEFT) / Math.max(1, edges_ms.length);
  const x = (n: number) => LEFT + n * step;
  return (
    <figure class="plot">
      <figcaption id={id}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={id} direction="ltr">
        {[low, low + (top - low) / 2, top].map((value) => (
          <g key={value} class="grid">
            <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 4} y={y(value) + 4} text-anchor="end">
              {told(value)}
            </text>
          </g>
        ))}
        {rows.map((row, r) =>
          kind === "bars" ? (
            <Bars key={row.label} {...{ row, r, x, y, step, count: rows.length }} />
          ) : (
            <Line key={row.label} {...{ row, r, x, y, step }} />
          ),
        )}
        {[0, Math.floor(edges_ms.length / 2), edges_ms.length - 1].map((n, at) => (
          <text
            key={at}
            class="edge"
            x={x(n) + step / 2}
            y={HEIGHT - 4}
            text-anchor={at === 0 ? "start" : at === 1 ? "middle" : "end"}
          >
            {new Date(edges_ms[n] ?? 0).toISOString().slice(0, 10)}
          </text>
        ))}
      </svg>
      <ul class="legend">
        {rows.map((row, r) => (
          <li key={row.label} class={`series-${r % 4}`}>
            <svg viewBox="0 0 24 8" aria-hidden="true">
              <line x1="0" x2="24" y1="4" y2="4" stroke-dasharray={DASHES[r % 4]} />
            </svg>
            <span dir="auto">{row.label}</span>
          </li>
        ))}
      </ul>
      <Table {...{ title, edges_ms, rows, told }} />
    </figure>
  );
}

type Across = (n: number) => number;
interface Part {
  row: Row;
  r: number;
  x: Across;
  y: Across;
  step: number;
}

function Bars({ row, r, x, y, step, count }: Part & { count: number }) {
  const wide = (step * 0.8) / count;
  return (
    <g class={`bars series-${r % 4}`}>
      {row.values.map((value, n) =>
        value ? (
          <rect
            key={n}
            x={x(n) + step * 0.1 + r * wide}
            width={Math.max(0.8, wide * 0.9)}
            y={Math.min(y(value), y(0))}
            height={Math.max(1, Math.abs(y(0) - y(value)))}
          />
        ) : null,
      )}
    </g>
  );
}

/** A line from each known value to the next; what is not known is a gap with a dot at its ends. */
function Line({ row, r, x, y, step }: Part) {
  const known = row.values
    .map((value, n) => (value === null ? null : ([x(n) + step / 2, y(value)] as const)))
    .filter((point) => point !== null);
  return (
    <g class={`lines series-${r % 4}`}>
      <polyline points={known.map((p) => p.join(",")).join(" ")} stroke-dasharray={DASHES[r % 4]} />
      {known.map(([cx, cy]) => (
        <circle key={cx} cx={cx} cy={cy} r="2" />
      ))}
    </g>
  );
}

function Table({ title, edges_ms, rows, told }: Omit<Props, "kind">) {
  return (
    <details>
      <summary>{t("health:table")}</summary>
      <div class="scroll">
        <table>
          <caption class="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{t("app:zulu")}</th>
              {rows.map((row) => (
                <th key={row.label} scope="col" dir="auto">
                  {row.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {edges_ms.map((edge, n) =>
              rows.some((row) => row.values[n]) ? (
                <tr key={edge}>
                  <th scope="row" dir="ltr">
                    {zulu(edge)}
                  </th>
                  {rows.map((row) => (
                    <td key={row.label} dir="ltr">
                      {row.values[n] == null ? "–" : told(row.values[n])}
                    </td>
                  ))}
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}
