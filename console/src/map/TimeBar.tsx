// The slider of time: the picture at any minute, past and planned; live is where it rests.
import { computed, signal } from "@preact/signals";
import { t } from "../i18n";
import { now, nowMs } from "../state/clock";
import { health } from "../state/live";
import { set } from "../state/url";
import { useKeys } from "../ui/keys";
import { Button } from "../ui/parts";
import { local, zulu } from "../ui/time";
import { then, windows } from "./feed";
import { dragged, instant } from "./state";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOURS = [1, 6, 24, 72] as const;
const reach_h = signal<number>(6);

/** The middle of the bar: now, by the minute; while another instant is shown the bar stands still. */
const anchor = signal(Math.floor(nowMs() / MINUTE_MS) * MINUTE_MS);
const middle = computed(() => {
  if (instant.value === null) anchor.value = Math.floor(now.value / MINUTE_MS) * MINUTE_MS;
  return anchor.value;
});

const whole = (ms: number): number => Math.round(ms / MINUTE_MS) * MINUTE_MS;

export function show(at_ms: number | null): void {
  dragged.value = null;
  set({ at: at_ms === null ? null : new Date(at_ms).toISOString().replace(/\.\d+Z$/, "Z") });
}

const step = (minutes: number): void =>
  show(whole((instant.peek() ?? nowMs()) + minutes * MINUTE_MS));

export function TimeBar() {
  useKeys(t("map:time"), [
    { key: "[", says: t("map:minute_back"), run: () => step(-1) },
    { key: "]", says: t("map:minute_on"), run: () => step(1) },
    { key: "{", says: t("map:ten_back"), run: () => step(-10) },
    { key: "}", says: t("map:ten_on"), run: () => step(10) },
    { key: "\\", says: t("app:back_to_live"), run: () => show(null) },
  ]);
  const live = instant.value === null;
  return (
    <div class={live ? "timebar" : "timebar past"} dir="ltr">
      <Button
        tone={live ? "main" : "plain"}
        hotkey="\"
        aria-pressed={live}
        onClick={() => show(null)}
      >
        {t("map:live")}
      </Button>
      <div class="timeline">
        <Windows />
        <Slider />
      </div>
      <select
        aria-label={t("map:reach")}
        value={reach_h.value}
        onChange={(event) => (reach_h.value = Number(event.currentTarget.value))}
      >
        {HOURS.map((hours) => (
          <option key={hours} value={hours}>
            ±{hours} h
          </option>
        ))}
      </select>
      <Shown />
    </div>
  );
}

function Slider() {
  const reach = reach_h.value * HOUR_MS;
  const at = instant.value ?? middle.value;
  return (
    <input
      type="range"
      aria-label={t("map:time")}
      aria-valuetext={instant.value === null ? t("map:live") : zulu(at, true)}
      min={middle.value - reach}
      max={middle.value + reach}
      step={MINUTE_MS}
      value={at}
      onInput={(event) => (dragged.value = Number(event.currentTarget.value))}
      onChange={(event) => show(Number(event.currentTarget.value))}
    />
  );
}

/** Bars of the windows of what is told, hours, and where now is. */
function Windows() {
  const reach = reach_h.value * HOUR_MS;
  const from = middle.value - reach;
  const x = (ms: number): number => (1000 * (ms - from)) / (2 * reach);
  const every = reach_h.value <= 1 ? HOUR_MS / 4 : reach_h.value <= 6 ? HOUR_MS : 6 * HOUR_MS;
  const hours: number[] = [];
  for (let ms = Math.ceil(from / every) * every; ms < from + 2 * reach; ms += every) hours.push(ms);
  return (
    <svg viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
      {hours.map((ms) => (
        <line key={ms} class="hour" x1={x(ms)} x2={x(ms)} y1="0" y2="24" />
      ))}
      {windows.value.slice(0, 200).map((one, n) => {
        const [a, b] = [Math.max(0, x(one.from_ms)), Math.min(1000, x(one.until_ms))];
        return b > a ? (
          <rect
            key={one.ref}
            class={`window ${one.origin}`}
            x={a}
            width={Math.max(2, b - a)}
            y={1 + (n % 5) * 4.4}
            height="3.2"
          />
        ) : null;
      })}
      <line class="now" x1={x(now.value)} x2={x(now.value)} y1="0" y2="24" />
    </svg>
  );
}

/** The instant shown, Zulu and local, and what is not known of it. */
function Shown() {
  const at = instant.value;
  const zones = Object.entries(health.value?.zones ?? {});
  const picture = then.value;
  return (
    <div
      class="shown"
      title={zones.map(([party, zone]) => `${party} ${local(at ?? now.value, zone)}`).join("\n")}
    >
      <strong class="zulu">{zulu(at ?? now.value, true)}</strong>
      {at !== null && picture && (
        <small dir="auto">
          {picture.note
            ? picture.note
            : picture.gap_s !== null && picture.gap_s > 30
              ? t("map:gap", { seconds: Math.round(picture.gap_s) })
              : ""}
          {picture.behind > 0 && ` ${t("map:behind", { count: picture.behind })}`}
        </small>
      )}
    </div>
  );
}
