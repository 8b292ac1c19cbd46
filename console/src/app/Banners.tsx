// Above everything: the marking, exercise, what is degraded, and whether this is live at all.
import { t } from "../i18n";
import { now } from "../state/clock";
import { anyExercise, connection, health } from "../state/live";
import { banner } from "../state/marking";
import { set, shownAt } from "../state/url";
import { Button } from "../ui/parts";
import { span, zulu } from "../ui/time";

export function Banners() {
  const { state, since_ms } = connection.value;
  const age = span(now.value - since_ms);
  const at = shownAt.value;
  return (
    <div class="banners" role="region" aria-label={t("app:title")}>
      {banner.value && (
        <p class="banner marked" dir="ltr">
          {banner.value}
        </p>
      )}
      {anyExercise.value && (
        <p class="banner exercise" title={t("app:exercise_long")}>
          {t("app:exercise")}
        </p>
      )}
      {at !== null && (
        <p class="banner replay" role="status">
          {t("app:replay", { at: zulu(at, true) })}
          <Button onClick={() => set({ at: null })}>{t("app:back_to_live")}</Button>
        </p>
      )}
      <div role="alert" class="alerts">
        {state === "lost" && (
          <p class="banner lost">{t("app:connection_lost", { since: zulu(since_ms) })}</p>
        )}
        {state === "resuming" && (
          <p class="banner degraded">
            {t("app:connection_resuming", { since: zulu(since_ms), age })}
          </p>
        )}
        <Degraded />
      </div>
    </div>
  );
}

/** What the node itself cannot do at present. */
function Degraded() {
  const state = health.value;
  if (!state) return null;
  const told = [
    ...(state.afloat ? [t("app:unlogged", { count: state.afloat })] : []),
    ...(state.alarms ?? []).map((one) => one.kind),
  ];
  return told.map((what) => (
    <p key={what} class="banner degraded">
      {t("app:degraded", { what })}
    </p>
  ));
}
