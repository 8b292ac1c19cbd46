// The map's part of the screen: the chart when the machine can draw one, a table when it cannot.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Datablocks } from "./Datablocks";
import { HeightStrip } from "./HeightStrip";
import { InView } from "./InView";
import { Legend } from "./Legend";
import { NearTable } from "./NearTable";
import { Readout } from "./Readout";
import { broken } from "./state";
import { TimeBar } from "./TimeBar";
import { Tools } from "./Tools";
import type { Running } from "./run";
import { running } from "./running";

const theme = signal(document.documentElement.dataset["theme"] ?? "night");
new MutationObserver(() => {
  theme.value = document.documentElement.dataset["theme"] ?? "night";
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

export function MapView() {
  return (
    <div class="chart">
      <div class="chart-area">
        <Canvas key={theme.value} />
        {broken.value === "no-webgl" ? <NearTable /> : <Datablocks />}
        <Tools />
        <Readout />
        <InView />
        <HeightStrip />
        <Legend />
      </div>
      <TimeBar />
    </div>
  );
}

function Canvas() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let over = false;
    let made: Running | null = null;
    void import("./run").then(({ run }) => {
      if (over || !box.current) return;
      made = run(box.current);
      running.value = made;
    });
    return () => {
      over = true;
      running.value = null;
      made?.stop();
    };
  }, []);
  return (
    <div
      ref={box}
      class="chart-canvas"
      role="application"
      aria-label={t("map:title")}
      hidden={broken.value === "no-webgl"}
    />
  );
}
