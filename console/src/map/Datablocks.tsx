// Labels of tracks with leader lines.
export function Datablocks() {
  return null;
}
