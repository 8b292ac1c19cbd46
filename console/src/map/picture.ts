// The picture of the node at an instant (GET /v1/picture) and its volumes as the map draws them.
import type { LineString, MultiPolygon, Polygon } from "geojson";
import type { Origin, Volume, VolumeKind } from "./contract";
import type { Columns, MovingColumns } from "./frames";

export interface PictureItem {
  ref: string;
  kind: string;
  author: string;
  exercise: boolean;
  activity_class: string;
  state: string;
  closed: boolean;
  start_ms: number;
  end_ms: number;
  place: string;
  text: string;
}

export interface PictureVolume {
  ref: string;
  n: number;
  layer: string;
  use: string;
  cause: string;
  party: string;
  exercise: boolean;
  state: string;
  activity_class: string;
  in_force: boolean;
  floor_m: number | null;
  ceiling_m: number | null;
  start_ms: number;
  end_ms: number | null;
  outline: Polygon | MultiPolygon;
}

interface Agreed {
  id: string;
  name: string;
}

export interface NamedThings {
  areas: (Agreed & { outline: Polygon | MultiPolygon })[];
  lines: (Agreed & { outline: Polygon | MultiPolygon; path: LineString })[];
  sites: (Agreed & {
    party: string;
    floor_m: number | null;
    ceiling_m: number | null;
    outline: Polygon | MultiPolygon;
  })[];
  third_parties: (Agreed & {
    outline: Polygon | MultiPolygon;
    reach: Polygon | MultiPolygon;
    floor_m: number | null;
    ceiling_m: number | null;
  })[];
  positions: { name: string; lat_deg: number; lon_deg: number }[];
  area: Polygon | MultiPolygon | null;
}

export interface Picture {
  now_ms: number;
  at_ms: number;
  live: boolean;
  items: PictureItem[];
  volumes: PictureVolume[];
  named: NamedThings;
  tracks: Columns | null;
  tracks_at_ms: number | null;
  gap_s: number | null;
  tracks_note: string;
  moving: MovingColumns | null;
  complete: boolean;
  behind: number;
  left_out: number;
}

export const NO_NAMES: NamedThings = {
  areas: [],
  lines: [],
  sites: [],
  third_parties: [],
  positions: [],
  area: null,
};
export const FOREVER = 8.64e15;

/** What draws it, from what the node calls it. */
export function kindOf(one: Pick<PictureVolume, "ref" | "layer">): VolumeKind {
  const kind = one.ref.split(":", 1)[0];
  if (one.layer === "presence") return "protected";
  if (kind === "stop") return "stop";
  if (kind === "distress") return "distress";
  if (kind === "nonconformance") return "nonconformance";
  if (one.layer === "hazard") return "hazard";
  return "declared";
}

/** Ours; another's words; seen by a sensor; or concluded by rules from others' words. */
export function originOf(one: PictureVolume, party: string): Origin {
  if (one.party === party) return "own";
  if (one.ref.startsWith("nonconformance:") || one.ref.startsWith("report:")) return "observed";
  return one.layer === "hazard" ? "inferred" : "declared";
}

export function labelOf(one: PictureVolume, item: PictureItem | undefined): string {
  const what = one.layer === "hazard" && one.cause !== "activity" ? one.cause : one.activity_class;
  const place = item?.place ? ` ${item.place}` : "";
  return `${one.ref.slice(one.ref.indexOf(":") + 1)} ${what}${place}`.trim();
}

export function volumeOf(one: PictureVolume, item: PictureItem | undefined, party: string): Volume {
  return {
    id: `${one.ref}/${one.layer}/${one.n}`,
    ref: one.ref,
    kind: kindOf(one),
    origin: originOf(one, party),
    label: labelOf(one, item),
    party: one.party,
    outline: one.outline,
    floor_m: one.floor_m,
    ceiling_m: one.ceiling_m,
    from_ms: one.start_ms,
    until_ms: one.end_ms ?? FOREVER,
    exercise: one.exercise,
    state: one.state,
  };
}

/** What was agreed on beforehand: it is always there. */
export function agreedVolumes(named: NamedThings, party: string): Volume[] {
  const always = { from_ms: 0, until_ms: FOREVER, exercise: false, state: "" };
  const any = { floor_m: null, ceiling_m: null };
  return [
    ...named.areas.map((one) => ({
      ...always,
      ...any,
      id: `area:${one.id}`,
      ref: `area:${one.id}`,
      kind: "named" as const,
      origin: "declared" as const,
      label: one.name,
      party: "",
      outline: one.outline,
    })),
    ...named.sites.map((one) => ({
      ...always,
      id: `site:${one.id}`,
      ref: `site:${one.id}`,
      kind: "named" as const,
      origin: one.party === party ? ("own" as const) : ("declared" as const),
      label: one.name,
      party: one.party,
      floor_m: one.floor_m,
      ceiling_m: one.ceiling_m,
      outline: one.outline,
    })),
    ...named.third_parties.flatMap((one) => {
      const both = { floor_m: one.floor_m, ceiling_m: one.ceiling_m, label: one.name, party: "" };
      const ref = `third:${one.id}`;
      const kind = "third-party" as const;
      return [
        {
          ...always,
          ...both,
          id: ref,
          ref,
          kind,
          origin: "observed" as const,
          outline: one.outline,
        },
        {
          ...always,
          ...both,
          id: `${ref}/reach`,
          ref,
          kind,
          origin: "inferred" as const,
          outline: one.reach,
        },
      ];
    }),
  ];
}
