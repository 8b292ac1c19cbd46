// The colours of the theme, as canvases and shaders want them.
export interface Palette {
  own: string;
  declared: string;
  observed: string;
  inferred: string;
  critical: string;
  high: string;
  medium: string;
  good: string;
  text: string;
  dim: string;
  ground: string;
  panel: string;
  water: string;
  land: string;
  border: string;
  line: string;
  focus: string;
}

const NAMES: readonly (keyof Palette)[] = [
  "own",
  "declared",
  "observed",
  "inferred",
  "critical",
  "high",
  "medium",
  "good",
  "text",
  "dim",
  "ground",
  "panel",
  "water",
  "land",
  "border",
  "line",
  "focus",
];

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || "#888888"]),
  ) as unknown as Palette;
}

/** Red, green, blue of #rrggbb, 0..1. */
export function rgb(colour: string): [number, number, number] {
  const value = parseInt(colour.slice(1, 7), 16) || 0;
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}
