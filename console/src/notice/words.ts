// What stands in the form, and the draft (GeoJSON profile) that it makes. Pure.
import type { Feature, Geometry } from "geojson";
import { readHeight, type Air, type Height, type Unit } from "./band";
import { readWhen, type When } from "./when";

/** One area. size: radius, half width or margin in metres, as typed. own: what the pasted text
 * said of this area alone; it counts while the form's own field is left to it. */
export interface Piece {
  geometry: Geometry | null;
  size: string;
  use: "activity" | "aircraft";
  own: { floor_m?: number; ceiling_m?: number; start?: string; end?: string };
}

export interface Words {
  pieces: readonly Piece[];
  place: string;
  floor: string;
  ceiling: string;
  unit: Unit;
  qnh_low: string;
  qnh_high: string;
  undulation: string;
  start: string;
  end: string;
  /** Each area keeps the heights, or the times, that came with it. */
  own_heights: boolean;
  own_times: boolean;
  activity_class: string;
  /** null: everybody. */
  to: readonly string[] | null;
  exercise: boolean;
  text: string;
  /** The notice of ours that these words are to replace. */
  item: string;
}

export const EMPTY: Words = {
  pieces: [],
  place: "",
  floor: "0",
  ceiling: "3000",
  unit: "m",
  qnh_low: "",
  qnh_high: "",
  undulation: "",
  start: "",
  end: "",
  own_heights: false,
  own_times: false,
  activity_class: "",
  to: null,
  exercise: false,
  text: "",
  item: "",
};

export type SizeName = "radius_m" | "half_width_m" | "margin_m";

/** Which size belongs to a shape; null: a place of the agreement has its own. */
export function sizeName(geometry: Geometry | null): SizeName | null {
  if (geometry === null) return null;
  if (/Point$/.test(geometry.type)) return "radius_m";
  return /LineString$/.test(geometry.type) ? "half_width_m" : "margin_m";
}

const numberOf = (text: string): number | null => {
  const typed = text.trim().replace(/\s+/g, "");
  if (!/^\d+(\.\d+)?$/.test(typed)) return null;
  return Number(typed);
};

/** Metres, from "4000", "4km", "2 NM"; null where it is no length, or none where one is needed. */
export function readSize(text: string, name: SizeName): number | null {
  const typed = text.trim();
  if (!typed) return name === "margin_m" ? 0 : null;
  const found = /^(\d[\d\s]*(?:\.\d+)?)\s*(m|km|nm)?$/i.exec(typed);
  const value = numberOf(found?.[1] ?? "");
  if (!found || value === null) return null;
  const factor = { m: 1, km: 1000, nm: 1852 }[(found[2] ?? "m").toLowerCase()] ?? 1;
  const metres = Math.ceil(value * factor * 100 - 1e-6) / 100;
  return metres <= 1_000_000 ? metres : null;
}

const qnhOf = (text: string): number | null => (text.trim() ? (numberOf(text) ?? NaN) : null);

export function airOf(words: Words): Air {
  const undulation = words.undulation.trim();
  return {
    qnh_low_hpa: qnhOf(words.qnh_low),
    qnh_high_hpa: qnhOf(words.qnh_high),
    undulation_m: /^-?\d+(\.\d+)?$/.test(undulation) ? Number(undulation) : null,
  };
}

export interface Read {
  floor: Height;
  ceiling: Height;
  start: When;
  end: When;
  sizes: readonly (number | null)[];
  /** Names of what is not there or not right, in the order of the form. */
  lacking: readonly Lacking[];
}
export type Lacking =
  "place" | "size" | "heights" | "upside-down" | "start" | "end" | "backwards" | "class" | "to";

/** Every field as it is understood. */
export function readWords(
  words: Words,
  given: { now_ms: number; zones: Readonly<Record<string, string>> },
): Read {
  const air = airOf(words);
  const floor = readHeight(words.floor, words.unit, true, air);
  const ceiling = readHeight(words.ceiling, words.unit, false, air);
  const start = readWhen(words.start, { from_ms: given.now_ms, zones: given.zones });
  const from_ms = start.ms ?? given.now_ms;
  const end = readWhen(words.end, { from_ms, zones: given.zones, strict: true });
  const sizes = words.pieces.map((one) => {
    const name = sizeName(one.geometry);
    return name === null ? 0 : readSize(one.size, name);
  });
  const lacking: Lacking[] = [];
  if (words.pieces.length === 0) lacking.push("place");
  else if (sizes.some((one) => one === null)) lacking.push("size");
  if (!words.own_heights) {
    if (floor.wrong || ceiling.wrong) lacking.push("heights");
    else if (floor.metres > ceiling.metres) lacking.push("upside-down");
  }
  if (!words.own_times) {
    if (start.wrong) lacking.push("start");
    if (end.wrong) lacking.push("end");
    if (!start.wrong && !end.wrong && end.ms <= start.ms) lacking.push("backwards");
  }
  if (!words.activity_class) lacking.push("class");
  if (words.to?.length === 0 && !words.item) lacking.push("to");
  return { floor, ceiling, start, end, sizes, lacking };
}

export interface Collection {
  type: "FeatureCollection";
  features: Feature<Geometry | null>[];
}

/** The draft, or null while something that it needs is lacking. */
export function collectionOf(words: Words, read: Read, activity_class: string): Collection | null {
  const hindered = read.lacking.filter((one) => one !== "class" && one !== "to");
  if (hindered.length > 0 || !activity_class) return null;
  return {
    type: "FeatureCollection",
    features: words.pieces.map((one, n) => {
      const size = sizeName(one.geometry);
      const metres = read.sizes[n] ?? 0;
      const heights = words.own_heights ? one.own : null;
      const times = words.own_times ? one.own : null;
      return {
        type: "Feature",
        geometry: one.geometry,
        properties: {
          class: activity_class,
          use: one.use,
          floor_m: heights?.floor_m ?? read.floor.metres,
          ceiling_m: heights?.ceiling_m ?? read.ceiling.metres,
          height_reference: "WGS84",
          start: times?.start ?? new Date(read.start.ms ?? 0).toISOString(),
          end: times?.end ?? new Date(read.end.ms ?? 0).toISOString(),
          ...(size && (size !== "margin_m" || metres > 0) ? { [size]: metres } : {}),
          ...(words.place ? { place: words.place } : {}),
          ...(words.text.trim() ? { text: words.text.trim() } : {}),
        },
      };
    }),
  };
}

const sameOf = <T>(found: readonly T[]): T | undefined =>
  found.every((one) => one === found[0]) ? found[0] : undefined;

/** What a draft of the profile puts into the form; the rest of the form stays. */
export function fillFrom(words: Words, draft: Collection): Words {
  const pieces: Piece[] = draft.features.map((one) => {
    const found = (one.properties ?? {}) as Record<string, unknown>;
    const text = (name: string) => (typeof found[name] === "string" ? String(found[name]) : "");
    const size = sizeName(one.geometry);
    const metres = size && typeof found[size] === "number" ? String(found[size]) : "";
    const own: Piece["own"] = {};
    if (typeof found["floor_m"] === "number") own.floor_m = found["floor_m"];
    if (typeof found["ceiling_m"] === "number") own.ceiling_m = found["ceiling_m"];
    if (text("start")) own.start = text("start");
    if (text("end")) own.end = text("end");
    return {
      geometry: one.geometry,
      size: metres,
      use: text("use") === "aircraft" ? "aircraft" : "activity",
      own,
    };
  });
  const whole = (name: keyof Piece["own"]) => pieces.every((one) => one.own[name] !== undefined);
  const [floor, ceiling] = [
    sameOf(pieces.map((one) => one.own.floor_m)),
    sameOf(pieces.map((one) => one.own.ceiling_m)),
  ];
  const [start, end] = [
    sameOf(pieces.map((one) => one.own.start)),
    sameOf(pieces.map((one) => one.own.end)),
  ];
  const told = (name: string): string => {
    const values = draft.features.map((one) => one.properties?.[name] as unknown);
    return String(values.find((one) => typeof one === "string" && one) ?? "");
  };
  const heights = floor !== undefined && ceiling !== undefined;
  const times = start !== undefined && end !== undefined;
  return {
    ...words,
    pieces,
    place: told("place"),
    activity_class: told("class") || words.activity_class,
    text: told("text") || words.text,
    ...(heights ? { floor: String(floor), ceiling: String(ceiling), unit: "m" as const } : {}),
    ...(times ? { start: start, end: end } : {}),
    own_heights: !heights && whole("floor_m") && whole("ceiling_m"),
    own_times: !times && whole("start") && whole("end"),
  };
}

/** Names of the fields in which the words differ from those in force. */
export function changesOf(before: Collection, after: Collection): string[] {
  const of = (draft: Collection, name: string) =>
    JSON.stringify(
      draft.features.map((one) =>
        name === "geometry" ? one.geometry : sizeless(one.properties?.[name]),
      ),
    );
  const names = [
    "geometry",
    "radius_m",
    "half_width_m",
    "margin_m",
    "floor_m",
    "ceiling_m",
    "start",
    "end",
    "class",
    "use",
    "text",
    "place",
  ];
  return names.filter((name) => of(before, name) !== of(after, name));
}

/** An instant compares by its value, nothing by how it is written. */
function sizeless(value: unknown): unknown {
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value)) return Date.parse(value);
  return value === undefined || value === "" || value === 0 ? null : value;
}
