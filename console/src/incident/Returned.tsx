// Says for a moment that the picture is live again.
import { t } from "../i18n";
import { returned } from "./replay";

export function Returned() {
  return (
    <div role="status">
      {returned.value && <p class="banner live-again">{t("incident:live_again")}</p>}
    </div>
  );
}
