import app from "./he/app.json";
import login from "./he/login.json";
import item from "./he/item.json";
import map from "./he/map.json";
import needs from "./he/needs.json";
import notice from "./he/notice.json";
import hotline from "./he/hotline.json";
import incident from "./he/incident.json";
import handover from "./he/handover.json";
import health from "./he/health.json";
import people from "./he/people.json";
import codes from "./he/codes.json";

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
