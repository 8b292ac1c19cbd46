import app from "./en/app.json";
import login from "./en/login.json";
import item from "./en/item.json";
import map from "./en/map.json";
import needs from "./en/needs.json";
import notice from "./en/notice.json";
import hotline from "./en/hotline.json";
import incident from "./en/incident.json";
import handover from "./en/handover.json";
import health from "./en/health.json";
import people from "./en/people.json";
import codes from "./en/codes.json";

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
