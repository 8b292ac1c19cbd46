// Above everything: the marking, exercise, what is degraded, and whether this is live at all.
import { t, word } from "../i18n";
import { now } from "../state/clock";
import { anyExercise, connection, health, links, watch } from "../state/live";
import { banner } from "../state/marking";
import { open, set, shownAt } from "../state/url";
import { Returned } from "../incident/Returned";
import { watched } from "../needs/store";
import { Button } from "../ui/parts";
import { span, zulu } from "../ui/time";

export function Banners() {
  const at = shownAt.value;
  return (
    <div class="banners" role="region" aria-label={t("app:banners")}>
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
      <Returned />
      <div role="alert" class="alerts">
        <Connected />
        <LinksDown />
        <Degraded />
        <Unmanned />
      </div>
    </div>
  );
}

/** Whether this screen has its own node. */
function Connected() {
  const { state, since_ms } = connection.value;
  if (state === "lost")
    return <p class="banner lost">{t("app:connection_lost", { since: zulu(since_ms) })}</p>;
  if (state !== "resuming") return null;
  return (
    <p class="banner degraded">
      {t("app:connection_resuming", { since: zulu(since_ms) })} <Age since_ms={since_ms} />
    </p>
  );
}

/** Counts up in sight alone: a reader is not told each second. */
function Age({ since_ms }: { since_ms: number }) {
  return (
    <span aria-hidden="true" dir="ltr">
      {span(now.value - since_ms)}
    </span>
  );
}

/** Parties whom nothing reaches at present. */
function LinksDown() {
  const down = links.value.filter((link) => !link.up);
  return down.map((link) => (
    <p key={link.peer} class="banner down">
      {t("app:link_down", { peer: link.peer, since: zulu(link.since_ms) })}
      {link.pending > 0 &&
        ` ${t("app:link_waiting", { count: link.pending, peer: link.peer })}`}{" "}
      <Age since_ms={link.since_ms} />
    </p>
  ));
}

/** What the node itself cannot do at present, in one line. */
function Degraded() {
  const state = health.value;
  if (!state) return null;
  const silent = (watch.value?.feeds ?? []).filter((one) => one.state === "silent");
  const told = [
    ...new Set([
      ...(state.afloat ? [t("app:unlogged", { count: state.afloat })] : []),
      ...(state.witnessed.state === "behind" ? [t("app:behind")] : []),
      ...(state.witnessed.state === "unconfirmed" ? [t("app:unwitnessed")] : []),
      ...(silent.length ? [t("app:feeds_silent", { feeds: namesOf(silent) })] : []),
      ...(state.alarms ?? []).map((one) => word("codes", one.kind)),
    ]),
  ];
  if (told.length === 0) return null;
  return (
    <p class="banner degraded" dir="auto">
      {t("app:degraded", { what: told.join(" · ") })}
    </p>
  );
}

const namesOf = (feeds: readonly { name: string }[]): string =>
  feeds
    .slice(0, 5)
    .map((one) => one.name)
    .join(", ") + (feeds.length > 5 ? " …" : "");

/** Nobody holds the watch. */
function Unmanned() {
  const seat = watched.value?.seat;
  if (seat?.state !== "unmanned") return null;
  return (
    <p class="banner degraded">
      {t("app:unmanned", { duty: seat.duty, since: zulu(seat.unmanned_ms), who: seat.person })}
      <Button onClick={() => open("handover")}>{t("app:to_handover")}</Button>
    </p>
  );
}
