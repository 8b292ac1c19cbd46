// Which kinds and heights are shown.
export function Filters() {
  return null;
}
