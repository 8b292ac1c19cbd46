// How many alarms came, against what one officer can bear (EEMUA 191), and a flood while it lasts.
import { t } from "../i18n";
import { watch } from "../state/live";
import { zulu } from "../ui/time";
import { muted } from "../ui/sounds";
import { Button } from "../ui/parts";
import { loud, silence } from "./store";

export function Rates() {
  const seen = watch.value;
  return (
    <div class="rates">
      {seen && (
        <p class={seen.rates.in_10_min > seen.rates.reference_in_10_min ? "many" : ""}>
          {t("needs:rate", {
            count: seen.rates.in_10_min,
            most: seen.rates.reference_in_10_min,
          })}
        </p>
      )}
      {seen?.flood && (
        <p class="flood">
          {t("needs:flood", { count: seen.flood.count, since: zulu(seen.flood.began_ms) })}
        </p>
      )}
      {loud.value && (
        <Button tone="quiet" hotkey="m" onClick={silence}>
          {muted.value ? t("needs:muted") : t("needs:silence")}
        </Button>
      )}
    </div>
  );
}
