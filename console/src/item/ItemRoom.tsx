// The one thing that is selected, whole: an item, a track, or a paper of another room.
import { t } from "../i18n";
import { selected } from "../state/url";
import { Empty } from "../ui/parts";
import { ItemView } from "./ItemView";
import { PaperView } from "./PaperView";
import { TrackView } from "./TrackView";

const ITEM = /^(notice|stop|distress|report|nonconformance):/;

export function ItemRoom() {
  const ref = selected.value;
  if (!ref) return <Empty>{t("item:nothing")}</Empty>;
  if (ITEM.test(ref)) return <ItemView key={ref} subject={ref} />;
  if (ref.startsWith("track:")) return <TrackView key={ref} subject={ref} />;
  return <PaperView key={ref} subject={ref} />;
}
