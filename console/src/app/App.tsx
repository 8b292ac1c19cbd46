// The one screen: banners, bar, what needs you, the map, and one room beside it.
import { useEffect } from "preact/hooks";
import { compose } from "../hotline/composing";
import { t } from "../i18n";
import { Login } from "../login/Login";
import { MapView } from "../map/MapView";
import { Needs } from "../needs/Needs";
import { newNotice } from "../notice/starting";
import { ROOMS } from "../rooms";
import { startClock } from "../state/clock";
import { startLive } from "../state/live";
import { may, session } from "../state/session";
import { open, roomShown } from "../state/url";
import { useKeys } from "../ui/keys";
import { Banners } from "./Banners";
import { Bar } from "./Bar";
import { Help, helpShown } from "./Help";

export function App() {
  const who = session.value;
  if (who === undefined) return <p class="starting">{t("app:loading")}</p>;
  return who === null || who.must_change ? <Login /> : <Screen key={who.person} />;
}

function Screen() {
  useEffect(() => {
    const stopClock = startClock();
    let stop: (() => void) | undefined;
    let over = false;
    const start = () =>
      startLive().then(
        (ends) => (over ? ends() : (stop = ends)),
        () => {
          if (!over && session.peek()) setTimeout(start, 1000);
        },
      );
    void start();
    return () => {
      over = true;
      stop?.();
      stopClock();
    };
  }, []);
  const rooms = ROOMS.filter((room) => may(room.can));
  const room = rooms.find((one) => one.id === roomShown.value) ?? rooms[0];
  useKeys(
    t("app:rooms"),
    [
      ...rooms.map((one, n) => ({
        key: `${n + 1}`,
        says: t(one.title),
        run: () => open(one.id),
      })),
      ...(may("draft") ? [{ key: "n", says: t("notice:key_new"), run: newNotice }] : []),
      ...(may("talk") ? [{ key: "h", says: t("hotline:key_write"), run: compose }] : []),
      { key: "?", says: t("app:help"), run: () => (helpShown.value = true) },
    ],
    [rooms.length],
  );
  const View = room?.view;
  return (
    <>
      <nav class="skips">
        <a href="#needs" onClick={focusOn("needs")}>
          {t("app:skip_to_needs")}
        </a>
        <a href="#map" onClick={focusOn("map")}>
          {t("app:skip_to_map")}
        </a>
        <a href="#room" onClick={focusOn("room")}>
          {t("app:skip_to_room")}
        </a>
      </nav>
      <Banners />
      <Bar />
      <main class={room?.wide ? "screen wide" : "screen"}>
        <section id="needs" class="needs" tabIndex={-1} aria-label={t("needs:title")}>
          <Needs />
        </section>
        <section id="map" class="map" tabIndex={-1} aria-label={t("map:title")}>
          <MapView />
        </section>
        <section
          id="room"
          class={`room room-${room?.id}`}
          tabIndex={-1}
          aria-label={room && t(room.title)}
        >
          {View && <View />}
        </section>
        <nav class="tabs" aria-label={t("app:rooms")}>
          {rooms.map((one, n) => (
            <button
              key={one.id}
              type="button"
              class="tab"
              aria-current={one === room ? "page" : undefined}
              aria-keyshortcuts={`${n + 1}`}
              onClick={() => open(one.id)}
            >
              <kbd aria-hidden="true">{n + 1}</kbd>
              {t(one.title)}
              {one.badge && one.badge() > 0 && (
                <span class="badge">{t("app:badge", { count: one.badge() })}</span>
              )}
            </button>
          ))}
        </nav>
      </main>
      <Help />
    </>
  );
}

const focusOn = (id: string) => (event: Event) => {
  event.preventDefault();
  document.getElementById(id)?.focus();
};
