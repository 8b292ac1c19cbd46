import app from "./ar/app.json";
import login from "./ar/login.json";
import item from "./ar/item.json";
import map from "./ar/map.json";
import needs from "./ar/needs.json";
import notice from "./ar/notice.json";
import hotline from "./ar/hotline.json";
import incident from "./ar/incident.json";
import handover from "./ar/handover.json";
import health from "./ar/health.json";
import people from "./ar/people.json";
import codes from "./ar/codes.json";

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
