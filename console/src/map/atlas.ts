// One picture of every symbol of a track: a military set (milsymbol, APP-6), a civil set, and what
// stands around them. Shape tells who it is and how it is known; colour only repeats it.
import ms from "milsymbol";
import { SPRITES } from "./frames";
import type { Palette } from "./palette";

export const CELL = 48;
export const COLUMNS = 8;
export const ROWS = 4;
/** Side of a symbol in CSS pixels. */
const SIZE = 15;

type Pen = CanvasRenderingContext2D;

/** Friend, neutral, unknown, unknown: nobody is ever drawn hostile. */
const AFFILIATION = ["3", "4", "1", "1"];
const ENTITY = ["110100", "110100", "120100", "110300"];

export function atlas(colours: Palette, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = CELL * COLUMNS * ratio;
  canvas.height = CELL * ROWS * ratio;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return canvas;
  pen.scale(ratio, ratio);
  const inCell = (sprite: number, draw: () => void): void => {
    pen.save();
    pen.translate(
      (sprite % COLUMNS) * CELL + CELL / 2,
      Math.floor(sprite / COLUMNS) * CELL + CELL / 2,
    );
    draw();
    pen.restore();
  };
  for (let who = 0; who < 4; who += 1)
    for (let state = 0; state < 3; state += 1) {
      inCell(who * 3 + state, () => military(pen, who, state, colours, ratio));
      inCell(SPRITES + who * 3 + state, () => civil(pen, who, state, colours));
    }
  [emergency, doubted, alarm, waits, ground, chosen].forEach((draw, n) =>
    inCell(2 * SPRITES + n, () => draw(pen, colours)),
  );
  return canvas;
}

function military(pen: Pen, who: number, state: number, colours: Palette, ratio: number): void {
  const sidc = `100${AFFILIATION[who]}010${state === 0 ? 0 : 1}00${ENTITY[who]}00000000`.slice(
    0,
    20,
  );
  const symbol = new ms.Symbol(sidc, {
    size: SIZE * 1.35 * ratio,
    strokeWidth: 6,
    outlineWidth: 3,
    outlineColor: colours.ground,
    simpleStatusModifier: false,
    fillOpacity: state === 2 ? 0.25 : 0.95,
  });
  const anchor = symbol.getAnchor();
  pen.drawImage(
    symbol.asCanvas(),
    -anchor.x / ratio,
    -anchor.y / ratio,
    symbol.getSize().width / ratio,
    symbol.getSize().height / ratio,
  );
  if (state === 2) cross(pen, colours);
}

/** A silhouette whose nose is up; it is turned by its course. */
function civil(pen: Pen, who: number, state: number, colours: Palette): void {
  const colour = [colours.own, colours.declared, colours.observed, colours.observed][who] ?? "";
  pen.beginPath();
  if (who === 3) {
    for (const [x, y] of [
      [-6, -6],
      [6, -6],
      [6, 6],
      [-6, 6],
    ] as const) {
      pen.moveTo(0, 0);
      pen.lineTo(x, y);
      pen.moveTo(x + 3, y);
      pen.arc(x, y, 3, 0, 7);
    }
  } else {
    const half: [number, number][] = [
      [1.6, -8],
      [1.9, -3],
      [11, 3],
      [11, 5],
      [1.9, 2.5],
      [1.5, 7],
      [4.5, 9.5],
      [4.5, 11],
      [0, 10],
    ];
    pen.moveTo(0, -11);
    for (const [x, y] of half) pen.lineTo(x, y);
    for (const [x, y] of [...half].reverse()) pen.lineTo(-x, y);
    pen.closePath();
  }
  pen.lineWidth = 4;
  pen.strokeStyle = colours.ground;
  pen.stroke();
  if (who < 2 && state === 0) {
    pen.fillStyle = who === 0 ? colour : colours.ground;
    pen.fill();
  } else if (state < 2) {
    pen.fillStyle = `${colour}44`;
    pen.fill();
  }
  pen.lineWidth = 1.7;
  pen.strokeStyle = colour;
  if (state > 0) pen.setLineDash([3, 2.5]);
  pen.stroke();
  pen.setLineDash([]);
  if (state === 2) cross(pen, colours);
}

function cross(pen: Pen, colours: Palette): void {
  for (const [width, colour] of [
    [5, colours.ground],
    [2, colours.text],
  ] as const) {
    pen.beginPath();
    pen.moveTo(-9, -9);
    pen.lineTo(9, 9);
    pen.moveTo(9, -9);
    pen.lineTo(-9, 9);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

function emergency(pen: Pen, colours: Palette): void {
  pen.beginPath();
  for (let n = 0; n < 8; n += 1) {
    const turn = ((n + 0.5) * Math.PI) / 4;
    pen.lineTo(20 * Math.cos(turn), 20 * Math.sin(turn));
  }
  pen.closePath();
  pen.lineWidth = 3.5;
  pen.strokeStyle = colours.critical;
  pen.stroke();
  word(pen, "!", 16, -15, colours.critical, colours.ground);
}

const doubted = (pen: Pen, colours: Palette): void =>
  word(pen, "?", -16, -13, colours.medium, colours.ground);

function word(pen: Pen, text: string, x: number, y: number, ink: string, ground: string): void {
  pen.font = '700 16px "IBM Plex Mono", monospace';
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 4;
  pen.strokeStyle = ground;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

function corners(pen: Pen, reach: number, width: number, colour: string): void {
  pen.beginPath();
  for (const x of [-1, 1])
    for (const y of [-1, 1]) {
      pen.moveTo(x * reach, y * (reach - 7));
      pen.lineTo(x * reach, y * reach);
      pen.lineTo(x * (reach - 7), y * reach);
    }
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}

const alarm = (pen: Pen, colours: Palette): void => corners(pen, 18, 2, colours.high);

function waits(pen: Pen, colours: Palette): void {
  corners(pen, 16, 3, colours.critical);
  corners(pen, 21, 3, colours.critical);
}

function ground(pen: Pen, colours: Palette): void {
  pen.fillStyle = colours.text;
  pen.fillRect(-9, 14, 18, 2.5);
}

function chosen(pen: Pen, colours: Palette): void {
  pen.beginPath();
  pen.arc(0, 0, 21, 0, 7);
  pen.lineWidth = 2.5;
  pen.strokeStyle = colours.focus;
  pen.stroke();
}
