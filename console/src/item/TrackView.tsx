// A track: what is known of it, whose it is, which notice it flies, and keeping others away from it.
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../api/client";
import type { Track } from "../api/types";
import { t, word } from "../i18n";
import { nowMs } from "../state/clock";
import { agreement, items } from "../state/live";
import { may, session } from "../state/session";
import { tell } from "../needs/telling";
import { Button, Empty, Field, Refusal, Words } from "../ui/parts";
import { zulu } from "../ui/time";
import { Fact } from "./Content";
import { Findings } from "./Findings";
import { height } from "./heights";

const EVERY_MS = 2_000;

/** One track by its id; the list is in the order of the ids, so it is asked for from just before. */
export async function trackOf(ref: string): Promise<Track | null> {
  const id = ref.slice("track:".length);
  const page = await get<{ tracks: Track[] }>("/v1/watch/tracks", {
    after: id.slice(0, -1),
    limit: 200,
  });
  return page.tracks.find((one) => one.id === id) ?? null;
}

function useTrack(ref: string) {
  const [found, setFound] = useState<{ track: Track | null; error: unknown; asked: boolean }>({
    track: null,
    error: null,
    asked: false,
  });
  useEffect(() => {
    let over = false;
    const look = () =>
      trackOf(ref).then(
        (track) => over || setFound({ track, error: null, asked: true }),
        (error: unknown) => over || setFound((old) => ({ ...old, error, asked: true })),
      );
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [ref]);
  return found;
}

export function TrackView({ subject }: { subject: string }) {
  const { track, error, asked } = useTrack(subject);
  const id = subject.slice("track:".length);
  return (
    <article class="item">
      <header class="item-head">
        <h2>
          {t("item:track")} <bdi dir="auto">{track?.label || id}</bdi>
        </h2>
        {track?.emergency && <strong class="down">{word("codes", "emergency")}</strong>}
      </header>
      <Refusal error={error} />
      {asked && !track && !error && <Empty>{t("item:no_track")}</Empty>}
      {track && <Known track={track} />}
      {may("answer") && track && (
        <>
          <Owner track={track} />
          <Binding track={track} />
          <KeepAway track={track} />
        </>
      )}
      <Findings subject={subject} />
    </article>
  );
}

const rounded = (value: number | null, unit: string, digits = 0): string =>
  value === null ? "–" : `${value.toFixed(digits)} ${unit}`;

function Known({ track }: { track: Track }) {
  const line = (name: string, text: string) => (
    <Fact name={name}>
      <bdi dir="ltr" class="mono">
        {text}
      </bdi>
    </Fact>
  );
  return (
    <section class="facts" aria-label={t("item:known")}>
      <dl>
        {line(t("item:id"), track.id)}
        <Fact name={t("item:status")}>
          {word("codes", track.status)}
          {track.doubted && <strong class="down"> {word("codes", "position-doubted")}</strong>}
          {track.on_ground && ` · ${t("item:on_ground")}`}
        </Fact>
        <Fact name={t("item:owner")}>
          {track.owner ? <Words text={track.owner} /> : t("item:nobody")}
        </Fact>
        {line(t("item:seen"), `${zulu(track.seen_ms, true)} · ${track.age_s.toFixed(0)} s`)}
        {line(
          t("item:position"),
          `${track.lat_deg.toFixed(5)} ${track.lon_deg.toFixed(5)} ± ${track.radius_m.toFixed(0)} m`,
        )}
        {line(
          t("item:height"),
          track.height_m !== null
            ? height(track.height_m)
            : rounded(track.pressure_m, "m (1013.25)"),
        )}
        {line(
          t("item:motion"),
          `${rounded(track.course_deg, "°")} · ${rounded(track.speed_mps, "m/s")} · ${rounded(track.climb_mps, "m/s", 1)}`,
        )}
        {line(t("item:sensors"), String(track.sensors))}
      </dl>
    </section>
  );
}

/** Sends, and says what was refused below. */
function useSend() {
  const refused = useSignal<unknown>(null);
  const busy = useSignal(false);
  const send = async (path: string, body: object, says: string) => {
    busy.value = true;
    refused.value = null;
    try {
      await post(path, { ...body, role: session.peek()?.duty ?? "" });
      tell(says);
    } catch (error) {
      refused.value = error;
    } finally {
      busy.value = false;
    }
  };
  return { refused, busy, send };
}

function Owner({ track }: { track: Track }) {
  const { refused, busy, send } = useSend();
  const party = useSignal(track.owner);
  const claim = (event: Event) => {
    event.preventDefault();
    void send("/v1/watch/owners", { track: track.id, party: party.value }, t("item:claimed"));
  };
  return (
    <form class="row" onSubmit={claim}>
      <Field label={t("item:claim")}>
        {(ids) => (
          <select
            {...ids}
            value={party.value}
            onChange={(event) => (party.value = event.currentTarget.value)}
          >
            <option value="">{t("item:nobody")}</option>
            {agreement.value?.parties.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button type="submit" disabled={busy.value}>
        {t("item:say")}
      </Button>
      <Refusal error={refused.value} />
    </form>
  );
}

function Binding({ track }: { track: Track }) {
  const { refused, busy, send } = useSend();
  const notice = useSignal("");
  const notices = [...items.value.values()].filter((one) => one.kind === "notice");
  const bind = (event: Event) => {
    event.preventDefault();
    void send("/v1/watch/bindings", { track: track.id, notice: notice.value }, t("item:bound"));
  };
  return (
    <form class="row" onSubmit={bind}>
      <Field label={t("item:bind")}>
        {(ids) => (
          <select
            {...ids}
            value={notice.value}
            onChange={(event) => (notice.value = event.currentTarget.value)}
          >
            <option value="">{t("item:no_notice")}</option>
            {notices.slice(0, 200).map((one) => (
              <option key={one.ref} value={one.ref}>
                {one.item}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Button type="submit" disabled={busy.value}>
        {t("item:say")}
      </Button>
      <Refusal error={refused.value} />
    </form>
  );
}

function KeepAway({ track }: { track: Track }) {
  const { refused, busy, send } = useSend();
  const radius = useSignal("5000");
  const height_m = useSignal("1000");
  const minutes = useSignal("30");
  const keep = (event: Event) => {
    event.preventDefault();
    const whole = (text: string) => Math.max(0, Math.round(Number(text) || 0));
    void send(
      "/v1/watch/moving",
      {
        track: track.id,
        radius_m: whole(radius.value),
        up_m: whole(height_m.value),
        down_m: whole(height_m.value),
        until: new Date(nowMs() + whole(minutes.value) * 60_000).toISOString(),
      },
      t("item:kept_away"),
    );
  };
  const field = (label: string, value: typeof radius) => (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          size={6}
          dir="ltr"
          inputMode="numeric"
          value={value.value}
          onInput={(event) => (value.value = event.currentTarget.value)}
        />
      )}
    </Field>
  );
  return (
    <form class="row" onSubmit={keep} aria-label={t("item:keep_away")}>
      {field(t("item:radius_m"), radius)}
      {field(t("item:up_down_m"), height_m)}
      {field(t("item:minutes"), minutes)}
      <Button type="submit" disabled={busy.value}>
        {t("item:keep_away")}
      </Button>
      <Refusal error={refused.value} />
    </form>
  );
}
