// What each drawing means.
export function Legend() {
  return null;
}
