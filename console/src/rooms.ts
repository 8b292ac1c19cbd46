// The rooms beside the map, in the order of their tabs. One line each.
import type { FunctionComponent } from "preact";
import { HandoverRoom } from "./handover/HandoverRoom";
import { HealthRoom } from "./health/HealthRoom";
import { HotlineRoom } from "./hotline/HotlineRoom";
import { unread } from "./hotline/unread";
import type { Key } from "./i18n";
import { IncidentRoom } from "./incident/IncidentRoom";
import { ItemRoom } from "./item/ItemRoom";
import { NoticeRoom } from "./notice/NoticeRoom";
import { PeopleRoom } from "./people/PeopleRoom";
import type { Can } from "./state/session";

export interface Room {
  id: string;
  title: Key;
  can: Can;
  /** Takes the place of the needs list too, where it has much to show. */
  wide?: boolean;
  /** So much waits there; 0 shows nothing. */
  badge?: () => number;
  view: FunctionComponent;
}

export const ROOMS: readonly Room[] = [
  { id: "item", title: "item:title", can: "read", view: ItemRoom },
  { id: "notice", title: "notice:title", can: "read", view: NoticeRoom },
  {
    id: "hotline",
    title: "hotline:title",
    can: "read",
    wide: true,
    badge: () => unread.value,
    view: HotlineRoom,
  },
  { id: "incident", title: "incident:title", can: "read", wide: true, view: IncidentRoom },
  { id: "handover", title: "handover:title", can: "read", view: HandoverRoom },
  { id: "health", title: "health:tab", can: "read", wide: true, view: HealthRoom },
  { id: "people", title: "people:title", can: "administer", view: PeopleRoom },
];
