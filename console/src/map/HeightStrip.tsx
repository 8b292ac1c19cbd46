// The heights of what is in view, beside the map.
export function HeightStrip() {
  return null;
}
