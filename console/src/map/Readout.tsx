// The place of the pointer, the cross-hair or what is selected, in four notations at once.
import { computed, signal } from "@preact/signals";
import { t, word } from "../i18n";
import { useKeys } from "../ui/keys";
import { pointer } from "./contract";
import { notations, type Named } from "./coords";
import { named } from "./feed";
import { legText, totalM } from "./tool-layer";
import { aim, tool } from "./tool";

const copied = signal(false);

const points = computed<readonly Named[]>(() =>
  named.value.positions.map((one) => ({ name: one.name, lat: one.lat_deg, lon: one.lon_deg })),
);

const shown = computed(() => {
  const at = (tool.value && aim.value) || pointer.value;
  return at && notations(at, points.value);
});

async function copy(): Promise<void> {
  const at = shown.peek();
  if (!at) return;
  try {
    await navigator.clipboard.writeText(Object.values(at).filter(Boolean).join("\n"));
    copied.value = true;
    setTimeout(() => (copied.value = false), 1500);
  } catch {
    // no clipboard without https: the officer reads it off
  }
}

export function Readout() {
  useKeys(t("map:title"), [{ key: "p", says: t("map:copy"), run: () => void copy() }]);
  const at = shown.value;
  if (!at && !tool.value) return null;
  return (
    <div class="readout" dir="ltr">
      <Measured />
      {at && (
        <dl aria-label={t("map:place")}>
          <Row name="DD" text={at.dd} />
          <Row name="DMS" text={at.dms} />
          <Row name="MGRS" text={at.mgrs || "–"} />
          <Row name={t("map:from")} text={at.from || "–"} />
        </dl>
      )}
      {copied.value && <p role="status">{t("map:copied")}</p>}
    </div>
  );
}

const Row = ({ name, text }: { name: string; text: string }) => (
  <div>
    <dt>{name}</dt>
    <dd dir="auto">{text}</dd>
  </div>
);

/** The legs of what is measured or drawn, and their sum. */
function Measured() {
  const used = tool.value;
  if (!used) return null;
  const all = used.points;
  return (
    <div class="measured" role="status">
      <p dir="auto">{word("map", `tool_${used.mode}`)}</p>
      {all.slice(1).map((at, n) => {
        const before = all[n];
        return before && <p key={n}>{legText(before, at)}</p>;
      })}
      {all.length > 2 && (
        <p>
          {t("map:sum")} {(totalM(all) / 1000).toFixed(2)} km
        </p>
      )}
    </div>
  );
}
