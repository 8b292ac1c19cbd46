import app from "./ru/app.json";
import login from "./ru/login.json";
import item from "./ru/item.json";
import map from "./ru/map.json";
import needs from "./ru/needs.json";
import notice from "./ru/notice.json";
import hotline from "./ru/hotline.json";
import incident from "./ru/incident.json";
import handover from "./ru/handover.json";
import health from "./ru/health.json";
import people from "./ru/people.json";
import codes from "./ru/codes.json";

export default {
  app,
  login,
  item,
  map,
  needs,
  notice,
  hotline,
  incident,
  handover,
  health,
  people,
  codes,
};
