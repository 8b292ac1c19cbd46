// Everything that the map draws, drawn as it draws it, and what it means.
import { useEffect, useRef } from "preact/hooks";
import { t, type Key } from "../i18n";
import { Button, Dialog } from "../ui/parts";
import type { Origin, VolumeKind } from "./contract";
import {
  MARK_ALARM,
  MARK_DOUBTED,
  MARK_EMERGENCY,
  MARK_GROUND,
  MARK_SELECTED,
  MARK_WAITS,
  OWN,
  PARTY,
  SPRITES,
  UAS,
  UNKNOWN,
} from "./frames";
import { palette } from "./palette";
import { running } from "./running";
import { civil, legendShown, setCivil } from "./state";
import { sample, type Sample } from "./swatches";

interface Line extends Sample {
  text: Key;
}

const volume = (kind: VolumeKind, origin: Origin, text: Key, planned = false): Line => ({
  look: { kind, origin, planned },
  text,
});

const ORIGINS: readonly Line[] = [
  volume("declared", "own", "map:legend_origin_own"),
  volume("declared", "declared", "map:legend_origin_declared"),
  volume("account", "observed", "map:legend_origin_observed"),
  volume("hazard", "inferred", "map:legend_origin_inferred"),
  volume("declared", "declared", "map:legend_planned", true),
];

const KINDS: readonly Line[] = [
  volume("declared", "declared", "map:legend_declared"),
  volume("hazard", "declared", "map:legend_hazard"),
  volume("protected", "own", "map:legend_protected"),
  volume("named", "declared", "map:legend_named"),
  { draw: "line", text: "map:legend_line" },
  volume("third-party", "observed", "map:legend_third_party"),
  volume("third-party", "inferred", "map:legend_reach"),
  volume("stop", "declared", "map:legend_stop"),
  volume("distress", "declared", "map:legend_distress"),
  volume("nonconformance", "observed", "map:legend_nonconformance"),
  { draw: "ring", text: "map:legend_moving" },
  volume("draft", "own", "map:legend_draft"),
  volume("draft-hazard", "own", "map:legend_draft_hazard"),
  volume("account", "observed", "map:legend_account"),
];

/** Symbols of the set that is in use. */
function tracks(set: number): Line[] {
  const of = (who: number, status: number): number => set + who * 3 + status;
  return [
    { sprites: [of(OWN, 0)], text: "map:legend_track_own" },
    { sprites: [of(PARTY, 0)], text: "map:legend_track_party" },
    { sprites: [of(UNKNOWN, 0)], text: "map:legend_track_unknown" },
    { sprites: [of(UAS, 0)], text: "map:legend_track_uas" },
    { sprites: [of(UNKNOWN, 1)], text: "map:legend_track_coasting" },
    { sprites: [of(UNKNOWN, 2)], text: "map:legend_track_lost" },
    { draw: "uncertainty", sprites: [of(UNKNOWN, 0)], text: "map:legend_uncertainty" },
    { draw: "way", sprites: [of(UNKNOWN, 0)], text: "map:legend_way" },
    { sprites: [of(UNKNOWN, 0), MARK_EMERGENCY], text: "map:legend_emergency" },
    { sprites: [of(UNKNOWN, 0), MARK_DOUBTED], text: "map:legend_doubted" },
    { sprites: [of(UNKNOWN, 0), MARK_WAITS], text: "map:legend_alarm_waits" },
    { sprites: [of(UNKNOWN, 0), MARK_ALARM], text: "map:legend_alarm" },
    { sprites: [of(UNKNOWN, 0), MARK_GROUND], text: "map:legend_ground" },
    { sprites: [of(UNKNOWN, 0), MARK_SELECTED], text: "map:legend_selected" },
  ];
}

export function Legend() {
  if (!legendShown.value) return null;
  return (
    <Dialog title={t("map:legend")} onClose={() => (legendShown.value = false)}>
      <div class="map-legend">
        <Part title={t("map:legend_origins")} lines={ORIGINS} />
        <Part title={t("map:legend_kinds")} lines={KINDS} />
        <p>{t("map:legend_exercise", { word: t("app:exercise") })}</p>
        <p>{t("map:legend_heights")}</p>
        <Part
          key={String(civil.value)}
          title={t("map:legend_tracks")}
          lines={tracks(civil.value ? SPRITES : 0)}
        />
        <Button aria-pressed={civil.value} onClick={() => setCivil(!civil.peek())}>
          {t("map:legend_civil")}
        </Button>
        <p>{t("map:legend_block")}</p>
      </div>
    </Dialog>
  );
}

const Part = ({ title, lines }: { title: string; lines: readonly Line[] }) => (
  <section>
    <h3>{title}</h3>
    <ul>
      {lines.map((one, n) => (
        <li key={n}>
          <Drawn of={one} />
          <span>{t(one.text)}</span>
        </li>
      ))}
    </ul>
  </section>
);

function Drawn({ of }: { of: Sample }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) sample(canvas.current, of, running.peek()?.colours ?? palette());
  }, [of]);
  return <canvas ref={canvas} class="swatch" aria-hidden="true" />;
}
