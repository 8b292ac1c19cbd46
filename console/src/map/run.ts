// Runs the chart: what the signals say is laid on it, what a person does on it is told to them.
import { effect } from "@preact/signals";
import type { MapMouseEvent } from "maplibre-gl";
import { t } from "../i18n";
import { connection } from "../state/live";
import { place, select, selected } from "../state/url";
import { chart, rowAt, type Chart } from "./chart";
import { look, overlays, pointer } from "./contract";
import { currentFrame, frames, named, startFeed } from "./feed";
import { paths } from "./base";
import { boundsOf } from "./geo";
import { addTool } from "./tool-layer";
import { finish, followDrawing, point, put, tool } from "./tool";
import { labelId } from "./labels";
import { palette, type Palette } from "./palette";
import { broken, civil, drawnFrames, instant, instantMs, rested, tilted, unit } from "./state";
import { hiddenTracks, visibleVolumes } from "./visible";
import { features, lay, layVolumes, markFeatures } from "./volumes";

export interface Running {
  chart: Chart | null;
  colours: Palette;
  stop: () => void;
}

/** For who measures how long it takes until the whole screen is there. */
function told(): void {
  const stop = connection.subscribe(({ state }) => {
    if (state !== "live") return;
    performance.mark("screen-whole");
    queueMicrotask(() => stop());
  });
}

const section = (): HTMLElement | null => document.getElementById("map");

export function run(box: HTMLElement): Running {
  const colours = palette();
  const stopFeed = startFeed(paths().frames);
  let made: Chart | null = null;
  const stops: (() => void)[] = [stopFeed];
  try {
    made = chart(box, colours, {
      drawn: (frame) => {
        section()?.setAttribute("data-frame", String(frame.swept));
        section()?.setAttribute("data-tracks", String(frame.count));
        drawnFrames.value += 1;
      },
      ready: () => {
        document.documentElement.dataset["map"] = "ready";
        if (!made) return;
        stops.push(follow(made, colours), addTool(made.map, colours), followDrawing());
        told();
      },
      lost: (lost) => {
        broken.value = lost ? "lost" : "";
        if (!lost) frames.value += 1;
      },
    });
    broken.value = "";
    stops.push(...listen(made));
  } catch {
    broken.value = "no-webgl";
    document.documentElement.dataset["map"] = "table";
  }
  return {
    chart: made,
    colours,
    stop: () => {
      for (const stop of stops.reverse()) stop();
      made?.remove();
    },
  };
}

/** Once, behind the next frame of the screen: what an officer pressed is answered before the map
 * follows it. */
function behind(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        asked = false;
        work();
      }),
    );
  };
}

/** Whether the first view was chosen: the area of the agreement, unless the address has one. */
let placed = false;

/** Lays on the map whatever changes. */
function follow({ map, tracks }: Chart, colours: Palette): () => void {
  const volumes = behind(() => {
    const told = {
      at_ms: instant.peek() ?? instantMs(),
      unit: unit.peek(),
      colours,
      exercise: t("app:exercise"),
      selected: selected.peek(),
    };
    if (broken.peek() === "") layVolumes(map, features(visibleVolumes.peek(), told));
  });
  const stops = [
    effect(() => {
      void [instant.value, unit.value, selected.value, broken.value, visibleVolumes.value];
      void t("app:exercise");
      volumes();
    }),
    effect(() => {
      void broken.value;
      const marks = [...overlays.value.values()].flatMap((one) => one.marks ?? []);
      lay(map, "marks", markFeatures(marks, colours));
    }),
    effect(() => {
      void broken.value;
      lay(map, "paths", {
        type: "FeatureCollection",
        features: named.value.lines.map((one) => ({
          type: "Feature",
          geometry: one.path,
          properties: { ref: `line:${one.id}`, colour: colours.declared, origin: "own" },
        })),
      });
      lay(map, "places", {
        type: "FeatureCollection",
        features: named.value.positions.map((one) => ({
          type: "Feature",
          geometry: { type: "Point", coordinates: [one.lon_deg, one.lat_deg] },
          properties: { image: labelId(colours.dim, [`+ ${one.name}`]) },
        })),
      });
    }),
    effect(() => {
      void frames.value;
      void instant.value;
      const now = currentFrame();
      tracks.civil = civil.value;
      tracks.show(now?.frame ?? null, hiddenTracks.value?.rows ?? null);
    }),
    effect(() => {
      void frames.value;
      const ref = selected.value;
      const now = currentFrame();
      tracks.choose(ref.startsWith("track:") && now ? now.id.indexOf(ref.slice(6)) : -1);
    }),
    effect(() => {
      const { area } = named.value;
      if (area && !placed && !place.peek().params["view"]) look.value = { bounds: boundsOf(area) };
      placed ||= area !== null;
    }),
    effect(() => {
      if (!look.value) return;
      map.fitBounds([...look.value.bounds], { padding: 60, maxZoom: 12, duration: 0 });
      look.value = null;
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

const VOLUMES = ["volumes-fill", "volumes-line", "marks-point", "marks-line", "paths-line"];

function refAt({ map, tracks }: Chart, event: MapMouseEvent): string {
  const now = currentFrame();
  const { x, y } = event.point;
  const hidden = hiddenTracks.peek()?.rows ?? null;
  const row = now ? rowAt(tracks, now.frame, x, y, hidden) : -1;
  if (now && row >= 0) return `track:${now.id[row]}`;
  const layers = VOLUMES.filter((id) => map.getLayer(id));
  const found = map.queryRenderedFeatures(
    [
      [x - 3, y - 3],
      [x + 3, y + 3],
    ],
    { layers },
  );
  const refs = [...new Set(found.map((one) => String(one.properties["ref"])))];
  const at = refs.indexOf(selected.peek());
  return refs[(at + 1) % Math.max(1, refs.length)] ?? "";
}

function listen(made: Chart): (() => void)[] {
  const { map } = made;
  map.on("click", (event) => {
    const { lng, lat } = event.lngLat.wrap();
    if (tool.peek()) put({ lat, lon: lng });
    else select(refAt(made, event));
  });
  map.on("dblclick", finish);
  map.on("mousemove", (event) => {
    const { lng, lat } = event.lngLat.wrap();
    pointer.value = { lat, lon: lng };
    point(pointer.peek());
  });
  map.on("mouseout", () => (pointer.value = null));
  map.on("move", () => {
    const at = map.getCenter().wrap();
    if (tool.peek() && pointer.peek() === null) point({ lat: at.lat, lon: at.lng });
  });
  map.on("moveend", () => (rested.value += 1));
  map.on("pitch", () => {
    const now = map.getPitch() > 5;
    if (now === tilted.peek()) return;
    tilted.value = now;
    if (map.getLayer("volumes-solid"))
      map.setLayoutProperty("volumes-solid", "visibility", now ? "visible" : "none");
  });
  return [];
}
