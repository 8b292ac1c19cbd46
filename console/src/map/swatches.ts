// Volumes and symbols in small, drawn as the map draws them.
import { atlas, CELL, COLUMNS } from "./atlas";
import type { Origin, Volume, VolumeKind } from "./contract";
import { pattern, patternId } from "./labels";
import type { Palette } from "./palette";
import { colourOf, DASHES, textureOf, WIDTHS } from "./volumes";

type Pen = CanvasRenderingContext2D;
type Look = Pick<Volume, "kind" | "origin">;

const fills = new Map<string, CanvasPattern | null>();

/** The pattern of the map; null where this machine draws none. */
function fillOf(pen: Pen, look: Look, colours: Palette, planned: boolean): CanvasPattern | null {
  const id = patternId(textureOf(look), colourOf(look, colours), planned);
  const known = fills.get(id);
  if (known !== undefined) return known;
  const image = pattern(id);
  const tile = document.createElement("canvas");
  if (image) {
    tile.width = image.width;
    tile.height = image.height;
    tile.getContext("2d")?.putImageData(image, 0, 0);
  }
  const made = image ? pen.createPattern(tile, "repeat") : null;
  made?.setTransform(new DOMMatrix().scale(16 / (image?.width ?? 16)));
  fills.set(id, made);
  return made;
}

/** A rectangle filled and edged as a volume of that kind is. */
export function swatch(
  pen: Pen,
  look: Look,
  colours: Palette,
  box: { x: number; y: number; width: number; height: number },
  more: { planned?: boolean; chosen?: boolean; scale?: number } = {},
): void {
  const { x, y, width, height } = box;
  const scale = more.scale ?? 1;
  const line = WIDTHS[look.origin] * scale + (more.chosen ? 1.5 : 0);
  pen.save();
  pen.fillStyle = fillOf(pen, look, colours, more.planned ?? false) ?? "transparent";
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = more.planned ? 0.55 : 1;
  pen.strokeStyle = more.chosen ? colours.focus : colourOf(look, colours);
  pen.lineWidth = line;
  pen.setLineDash(look.origin === "own" ? [] : DASHES[look.origin].map((one) => one * line));
  pen.strokeRect(x + line / 2, y + line / 2, Math.max(0, width - line), Math.max(0, height - line));
  pen.restore();
}

export interface Sample {
  look?: { kind: VolumeKind; origin: Origin; planned?: boolean };
  /** Cells of the atlas, one over another. */
  sprites?: readonly number[];
  draw?: "uncertainty" | "way" | "ring" | "line";
}

const atlases = new WeakMap<Palette, HTMLCanvasElement>();

/** One row of the legend: what is meant, drawn in a canvas of width x height CSS pixels. */
export function sample(canvas: HTMLCanvasElement, one: Sample, colours: Palette): void {
  const ratio = devicePixelRatio > 1 ? 2 : 1;
  const [width, height] = [64, 44];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(ratio, ratio);
  pen.fillStyle = colours.land;
  pen.fillRect(0, 0, width, height);
  if (one.look)
    swatch(
      pen,
      one.look,
      colours,
      { x: 6, y: 6, width: width - 12, height: height - 12 },
      { planned: one.look.planned ?? false },
    );
  if (one.draw) strokes(pen, one.draw, colours, width, height);
  let all = atlases.get(colours);
  if (!all) atlases.set(colours, (all = atlas(colours, ratio)));
  for (const sprite of one.sprites ?? []) {
    const [left, top] = [(sprite % COLUMNS) * CELL, Math.floor(sprite / COLUMNS) * CELL];
    pen.drawImage(
      all,
      left * ratio,
      top * ratio,
      CELL * ratio,
      CELL * ratio,
      (width - CELL) / 2,
      (height - CELL) / 2,
      CELL,
      CELL,
    );
  }
}

function strokes(
  pen: Pen,
  what: NonNullable<Sample["draw"]>,
  colours: Palette,
  width: number,
  height: number,
): void {
  pen.beginPath();
  if (what === "uncertainty" || what === "ring") {
    const ring = what === "ring";
    pen.arc(width / 2, height / 2, 17, 0, 7);
    pen.strokeStyle = ring ? colours.high : colours.observed;
    pen.globalAlpha = ring ? 0.9 : 0.55;
    pen.lineWidth = ring ? 1.8 : 1.2;
    const part = (2 * Math.PI * 17) / 24;
    pen.setLineDash(ring ? [part * 0.85, part * 0.15] : [part * 0.4, part * 0.6]);
  } else if (what === "way") {
    pen.moveTo(width / 2, height / 2);
    pen.lineTo(width - 6, 8);
    pen.strokeStyle = colours.observed;
    pen.lineWidth = 1.6;
  } else {
    pen.moveTo(6, height - 10);
    pen.lineTo(width - 6, 10);
    pen.strokeStyle = colours.declared;
    pen.lineWidth = 2;
  }
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}
