// The buttons and keys of the map.
export function Tools() {
  return null;
}
