// What the room lays on the map: the draft's volumes and the hazards that it would bring about.
import { effect } from "@preact/signals";
import type { MultiPolygon, Polygon } from "geojson";
import type { Checked, Waiting } from "../api/types";
import { lay, type Volume } from "../map/contract";
import { t } from "../i18n";
import { session } from "../state/session";
import { checked } from "./checking";
import { whole } from "./state";

type Outline = Polygon | MultiPolygon;
const MOST = 200;

function volumesOf(view: Checked, exercise: boolean): Volume[] {
  const common = {
    origin: "own" as const,
    party: session.peek()?.party ?? "",
    exercise,
    state: "draft",
  };
  const drawn = view.volumes.slice(0, MOST).map((one, n) => ({
    ...common,
    id: `notice-draft-${n}`,
    ref: "",
    kind: "draft" as const,
    label: t("notice:draft"),
    outline: one.outline as unknown as Outline,
    floor_m: one.floor_m,
    ceiling_m: one.ceiling_m,
    from_ms: one.start_ms,
    until_ms: one.end_ms,
  }));
  const hazards = view.hazards.slice(0, MOST).map((one, n) => ({
    ...common,
    id: `notice-hazard-${n}`,
    ref: "",
    kind: "draft-hazard" as const,
    origin: "inferred" as const,
    label: one.third_party || t("notice:hazard"),
    outline: one.outline as unknown as Outline,
    floor_m: one.floor_m,
    ceiling_m: one.ceiling_m,
    from_ms: one.start_ms,
    until_ms: one.end_ms,
  }));
  return [...drawn, ...hazards];
}

/** While the form is shown; returns what takes it off the map. */
export function layForm(): () => void {
  const stop = effect(() => {
    const found = checked.value;
    lay("notice", found ? { volumes: volumesOf(found.view, whole.peek().exercise) } : null);
  });
  return () => {
    stop();
    lay("notice", null);
  };
}

/** A draft that waits, as its releaser looks at it. */
export function layDraft(draft: Waiting): () => void {
  const volumes = (draft.content?.volumes ?? []).slice(0, MOST).flatMap((one, n) =>
    one.outline
      ? [
          {
            id: `notice-draft-${n}`,
            ref: "",
            kind: "draft" as const,
            origin: "own" as const,
            label: t("notice:draft"),
            party: session.peek()?.party ?? "",
            outline: one.outline as unknown as Outline,
            floor_m: one.floor_m,
            ceiling_m: one.ceiling_m,
            from_ms: one.start_ms,
            until_ms: one.end_ms,
            exercise: draft.exercise,
            state: "draft",
          },
        ]
      : [],
  );
  lay("notice", { volumes });
  return () => lay("notice", null);
}
