// Texts on the map are drawn as pictures by the browser, which shapes every script and orders every
// direction right; the map's own glyphs do not. Also the patterns that tell volumes apart.
import type { Map as MapLibre } from "maplibre-gl";
import type { Palette } from "./palette";

const FONT = '"IBM Plex Sans", "IBM Plex Sans Hebrew", "IBM Plex Sans Arabic", sans-serif';
const LONGEST = 48;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LETTER = /\p{L}/u;

/** A line as it is shown: no controls, no marks of direction, not endless. */
export function plainLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const letters = [...clean];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : clean;
}

/** By its first letter (UAX 9, P2 and P3). */
export function directionOf(text: string): "ltr" | "rtl" {
  const first = [...text].find((one) => LETTER.test(one));
  return first && RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr";
}

/** The name of the picture of a text: what is asked for where a label stands. */
export const labelId = (colour: string, lines: readonly string[], bold = false): string =>
  `label|${colour}|${bold ? "b" : ""}|${lines.map(plainLine).filter(Boolean).join("\n")}`;

const ratio = (): number => (devicePixelRatio > 1 ? 2 : 1);

function drawn(id: string, halo: string): ImageData | null {
  const [, colour = "#888", weight = "", ...rest] = id.split("|");
  const lines = rest.join("|").split("\n");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen || !lines[0]) return null;
  const scale = ratio();
  const fonts = lines.map(
    (_, n) => `${weight && n === 0 ? 600 : 400} ${n === 0 ? 13 : 11.5}px ${FONT}`,
  );
  let width = 0;
  lines.forEach((line, n) => {
    pen.font = fonts[n] ?? "";
    width = Math.max(width, pen.measureText(line).width);
  });
  canvas.width = Math.ceil((width + 8) * scale);
  canvas.height = Math.ceil((lines.length * 15 + 6) * scale);
  pen.scale(scale, scale);
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.lineJoin = "round";
  lines.forEach((line, n) => {
    pen.font = fonts[n] ?? "";
    pen.direction = directionOf(line);
    const [x, y] = [canvas.width / scale / 2, 10.5 + n * 15];
    pen.lineWidth = 3;
    pen.strokeStyle = halo;
    pen.strokeText(line, x, y);
    pen.fillStyle = colour;
    pen.fillText(line, x, y);
  });
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

const MANY = 700;

/** Draws what the map asks for, when it asks. */
export function drawLabels(map: MapLibre, colours: Palette): void {
  map.setMissingStyleImageResolver(async (id) => {
    if (id.startsWith("label|")) {
      const text = id.slice(id.lastIndexOf("|") + 1);
      try {
        await document.fonts.load(`13px ${FONT}`, text);
      } catch {
        // the system's own letters then
      }
      const image = drawn(id, colours.ground);
      if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: ratio() });
    } else if (id.startsWith("pattern|")) {
      const image = pattern(id);
      if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: ratio() });
    }
  });
}

/** Lets go of pictures of labels that nothing shows any more. */
export function forgetLabels(map: MapLibre, used: ReadonlySet<string>): void {
  const all = map.listImages().filter((id) => id.startsWith("label|") && id.includes("\n"));
  if (all.length <= MANY) return;
  for (const id of all) if (!used.has(id)) map.removeImage(id);
}

export type Texture =
  | "flat"
  | "diagonal"
  | "hatch"
  | "cross"
  | "dots"
  | "plus"
  | "level"
  | "upright"
  | "checks"
  | "waves"
  | "none";

export const patternId = (texture: Texture, colour: string, pale: boolean): string =>
  `pattern|${texture}|${colour}|${pale ? "pale" : ""}`;

/** 16 x 16 pixels that join on every side. */
export function pattern(id: string): ImageData | null {
  const [, texture, colour = "#888", pale] = id.split("|");
  const canvas = document.createElement("canvas");
  const scale = ratio();
  canvas.width = canvas.height = 16 * scale;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return null;
  pen.scale(scale, scale);
  pen.globalAlpha = pale ? 0.35 : 0.75;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.2;
  const lines = (...ways: [number, number, number, number][]) => {
    pen.beginPath();
    for (const [a, b, c, d] of ways) {
      pen.moveTo(a, b);
      pen.lineTo(c, d);
    }
    pen.stroke();
  };
  const fall: [number, number, number, number][] = [-16, 0, 16].map((x) => [x, 0, x + 16, 16]);
  const rise: [number, number, number, number][] = [0, 16, 32].map((x) => [x, 0, x - 16, 16]);
  if (texture === "diagonal") lines(...rise);
  else if (texture === "hatch")
    lines(...rise, ...[8, 24, 40].map((x): [number, number, number, number] => [x, 0, x - 16, 16]));
  else if (texture === "cross") lines(...fall, ...rise);
  else if (texture === "level") lines([0, 4, 16, 4], [0, 12, 16, 12]);
  else if (texture === "upright") lines([8, 0, 8, 16]);
  else if (texture === "plus") lines([4, 8, 12, 8], [8, 4, 8, 12]);
  else if (texture === "waves") lines([0, 6, 4, 10], [4, 10, 12, 2], [12, 2, 16, 6]);
  else if (texture === "dots")
    for (const [x, y] of [
      [4, 4],
      [12, 12],
    ] as const)
      pen.fillRect(x - 1, y - 1, 2, 2);
  else if (texture === "checks")
    for (const [x, y] of [
      [0, 0],
      [8, 8],
    ] as const)
      pen.fillRect(x, y, 8, 8);
  if (texture !== "none") {
    pen.globalAlpha = pale ? 0.05 : texture === "flat" ? 0.22 : 0.1;
    pen.fillRect(0, 0, 16, 16);
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
