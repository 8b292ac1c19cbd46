// The buttons and keys of the map.
import type { Map as MapLibre } from "maplibre-gl";
import { t } from "../i18n";
import { useKeys } from "../ui/keys";
import { Button } from "../ui/parts";
import { look } from "./contract";
import { named } from "./feed";
import { boundsOf } from "./geo";
import { running } from "./running";
import { legendShown, setUnit, tilted, unit } from "./state";
import { finish, giveUp, measure, put, shapeOf, tool, undo } from "./tool";
import { UNITS } from "./heights";
import { Filters } from "./Filters";

const PITCH = 55;
const STEP_PX = 80;

const map = (): MapLibre | null => running.peek()?.chart?.map ?? null;

const zoomBy = (by: number): void => {
  const made = map();
  made?.easeTo({ zoom: made.getZoom() + by, duration: 0 });
};
const tilt = (): void => {
  map()?.easeTo({ pitch: tilted.peek() ? 0 : PITCH, bearing: 0, duration: 300 });
};
const pan = (x: number, y: number): void => {
  map()?.panBy([x * STEP_PX, y * STEP_PX], { duration: 0 });
};

export function whole(): void {
  const { area } = named.peek();
  if (area) look.value = { bounds: boundsOf(area) };
}

const nextUnit = (): void => {
  const at = UNITS.indexOf(unit.peek());
  setUnit(UNITS[(at + 1) % UNITS.length] ?? "fl");
};

/** The middle of the map, where the cross-hair of the keyboard stands. */
function middle(): { lat: number; lon: number } | null {
  const at = map()?.getCenter().wrap();
  return at ? { lat: at.lat, lon: at.lng } : null;
}

const setPoint = (): void => {
  const at = middle();
  if (at) put(at);
};

/** Whether the arrows moved the map since the last point. */
let moved = false;

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** Keys of a tool, asked before all others while one is in hand: arrows move the map under the
 * cross-hair, Enter sets a point, a second Enter at the same place ends. */
function ToolKeys() {
  useKeys(
    t("map:tools"),
    [
      ...Object.entries(MOVES).map(([key, [x, y]]) => ({
        key,
        says: t("map:pan"),
        run: () => {
          moved = true;
          pan(x / 2, y / 2);
        },
      })),
      { key: "Enter", says: t("map:set_point"), run: enter },
      { key: "Backspace", says: t("map:undo"), run: undo },
      { key: "Escape", says: t("map:give_up"), run: giveUp },
    ],
    [],
    true,
  );
  return <div class="crosshair" aria-hidden="true" />;
}

/** Enter after the map was moved under the cross-hair sets a point there; else it finishes what can be
 * finished, so that points set by mouse get no other that nobody chose. */
function enter(): void {
  const now = tool.peek();
  if (!now) return;
  const whole = now.mode !== "measure" && shapeOf(now.mode, now.points) !== null;
  if (whole && !moved) finish();
  else setPoint();
  moved = false;
}

export function Tools() {
  useKeys(t("map:title"), [
    { key: "+", says: t("map:zoom_in"), run: () => zoomBy(1) },
    { key: "=", says: t("map:zoom_in"), run: () => zoomBy(1) },
    { key: "-", says: t("map:zoom_out"), run: () => zoomBy(-1) },
    { key: "0", says: t("map:whole"), run: whole },
    { key: "t", says: t("map:tilt"), run: tilt },
    { key: "g", says: t("map:measure"), run: measure },
    { key: "f", says: t("map:units"), run: nextUnit },
    { key: "l", says: t("map:legend"), run: () => (legendShown.value = !legendShown.peek()) },
  ]);
  return (
    <div class="tools" role="toolbar" aria-label={t("map:tools")}>
      <Button hotkey="+" aria-label={t("map:zoom_in")} onClick={() => zoomBy(1)}>
        +
      </Button>
      <Button hotkey="-" aria-label={t("map:zoom_out")} onClick={() => zoomBy(-1)}>
        −
      </Button>
      <Button hotkey="0" onClick={whole}>
        {t("map:whole")}
      </Button>
      <Button hotkey="t" aria-pressed={tilted.value} onClick={tilt}>
        {t("map:tilt")}
      </Button>
      <Button hotkey="g" aria-pressed={tool.value?.mode === "measure"} onClick={measure}>
        {t("map:measure")}
      </Button>
      <Button hotkey="f" onClick={nextUnit}>
        <span dir="ltr">{unit.value.toUpperCase()}</span>
      </Button>
      <Button hotkey="l" onClick={() => (legendShown.value = true)}>
        {t("map:legend")}
      </Button>
      <Filters />
      {tool.value && <ToolKeys />}
    </div>
  );
}
