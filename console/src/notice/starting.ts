// The key for a new notice: the room, an empty form, and the map ready to be drawn upon.
import { drawing } from "../map/contract";
import { open, place } from "../state/url";
import { begin, draw, touched, words } from "./state";

/** After the drawing the next thing to choose has the focus. */
export const toClass = (): void => {
  const put = () =>
    document
      .querySelector<HTMLElement>(".notice-form [name=class]:checked, .notice-form [name=class]")
      ?.focus();
  requestAnimationFrame(put);
};

/** What somebody began stays: a new drawing is added to it. */
export function newNotice(): void {
  const { room, params } = place.peek();
  if (room !== "notice" || params["list"] || params["draft"]) open("notice");
  if (!touched.peek() && !words.peek().item) begin();
  if (drawing.peek() === null) draw("polygon", toClass);
}
