// The place of the pointer in four notations.
export function Readout() {
  return null;
}
