// What is in view as a list for the keyboard and for readers.
export function InView() {
  return null;
}
