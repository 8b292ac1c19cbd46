// What stands instead of a map where none can be drawn.
export function NearTable() {
  return null;
}
