// The slider of time.
export function TimeBar() {
  return null;
}
