// Which kinds and heights are shown, and how many things that leaves out.
import { signal } from "@preact/signals";
import { t, type Key } from "../i18n";
import { set } from "../state/url";
import { Button } from "../ui/parts";
import { FILTERED, filters, type Filtered } from "./filtering";
import { levelIn, TOP_M } from "./levels";
import { KIND_TEXTS } from "./sight";
import { filter, hiddenCount, setBand, toggleKind, unit } from "./state";

const shown = signal(false);
const nameOf = (kind: Filtered): Key =>
  kind === "tracks" ? "map:filter_tracks" : KIND_TEXTS[kind];

export function Filters() {
  const count = hiddenCount.value;
  const on = filters(filter.value);
  return (
    <div class="filters">
      <Button
        aria-expanded={shown.value}
        aria-controls="map-filters"
        aria-pressed={on}
        onClick={() => (shown.value = !shown.peek())}
      >
        {t("map:filter_title")}
      </Button>
      {on && (
        <span class="hidden-count" role="status">
          {t("map:filter_hidden", { count })}{" "}
          <button type="button" class="plainlink" onClick={() => set({ hide: null, band: null })}>
            {t("map:filter_all")}
          </button>
        </span>
      )}
      <div id="map-filters" class="filter-panel" hidden={!shown.value}>
        {shown.value && <Panel />}
      </div>
    </div>
  );
}

function Panel() {
  const { kinds, floor_m, ceiling_m } = filter.value;
  const [low, high] = [Math.max(0, floor_m), Math.min(TOP_M, ceiling_m)];
  return (
    <fieldset
      onKeyDown={(event) => {
        if (event.key === "Escape") shown.value = false;
      }}
    >
      <legend>{t("map:filter_kinds")}</legend>
      {FILTERED.map((kind) => (
        <label key={kind}>
          <input type="checkbox" checked={!kinds.has(kind)} onChange={() => toggleKind(kind)} />
          {t(nameOf(kind))}
        </label>
      ))}
      <p>
        {t("map:filter_band")}{" "}
        <bdi dir="ltr">
          {levelIn(low, unit.value)} – {levelIn(high, unit.value)}
        </bdi>
      </p>
      <Button onClick={() => setBand(0, TOP_M)}>{t("map:filter_every_height")}</Button>
      <p class="told">{t("map:filter_never")}</p>
    </fieldset>
  );
}
