// What an item says: words, window in Zulu and each party's own time, band, place, volumes.
import type { ComponentChildren } from "preact";
import type { Item } from "../api/types";
import { t, word } from "../i18n";
import { health } from "../state/live";
import { placeOf } from "../needs/model";
import { Countdown, Words } from "../ui/parts";
import { local } from "../ui/time";
import { band, exact } from "./heights";

export function Content({ item }: { item: Item }) {
  const { content } = item;
  const place = placeOf(item);
  return (
    <section class="facts" aria-label={t("item:content")}>
      <dl>
        {content.text && (
          <Fact name={t("item:words")}>
            <Words text={content.text} />
          </Fact>
        )}
        {content.kind === "distress" && (
          <Fact name={t("item:subject")}>
            <Words text={content.subject} />
          </Fact>
        )}
        {content.kind === "report" && (
          <Fact name={t("item:third_party")}>
            <Words text={`${content.third_party}: ${content.phase}`} />
          </Fact>
        )}
        {content.kind === "nonconformance" && (
          <Fact name={t("item:codes")}>{content.codes.join(", ")}</Fact>
        )}
        {content.kind === "notice" ? (
          <>
            <Instant name={t("item:begins")} ms={content.start_ms} />
            <Instant name={t("item:ends")} ms={content.end_ms} />
          </>
        ) : content.kind === "stop" ? (
          <Fact name={t("item:where")}>
            {content.area || content.notice ? (
              <bdi>{content.notice || place}</bdi>
            ) : (
              t("item:everywhere")
            )}
          </Fact>
        ) : (
          <Instant name={t("item:since")} ms={content.since_ms} />
        )}
        {place && content.kind !== "stop" && (
          <Fact name={t("item:place")}>
            <bdi dir="ltr" class="mono">
              {place}
            </bdi>
          </Fact>
        )}
        {content.kind === "distress" && content.position && (
          <Fact name={t("item:within")}>
            <bdi dir="ltr">{content.uncertainty_m} m</bdi>
          </Fact>
        )}
        {content.kind === "nonconformance" && (
          <Band floor={content.floor_m} ceiling={content.ceiling_m} />
        )}
        {content.kind === "notice" && <Volumes item={item} />}
      </dl>
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Instant({ name, ms }: { name: string; ms: number }) {
  return (
    <Fact name={name}>
      <time dateTime={new Date(ms).toISOString()} class="mono" dir="ltr">
        {exact(ms)}
      </time>{" "}
      <Countdown ms={ms} label={name} />
      <Locals ms={ms} />
    </Fact>
  );
}

/** Each party's own time of an instant, with its offset. */
export function Locals({ ms }: { ms: number }) {
  const zones = Object.entries(health.value?.zones ?? {});
  return (
    <ul class="locals">
      {zones.map(([party, zone]) => (
        <li key={party}>
          <span dir="auto">{party}</span> <bdi dir="ltr">{local(ms, zone)}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Band({ floor, ceiling }: { floor: number | null; ceiling: number | null }) {
  const heights = band(floor, ceiling);
  return (
    <Fact name={t("item:band")}>
      {heights.length === 0 ? (
        t("item:any_height")
      ) : (
        <>
          <bdi dir="ltr" class="mono">
            {heights[0]}
          </bdi>
          <br />
          <bdi dir="ltr" class="mono">
            {heights[1]}
          </bdi>
          <small>{t("item:datum")}</small>
        </>
      )}
    </Fact>
  );
}

const MOST = 12;

function Volumes({ item }: { item: Item }) {
  if (item.content.kind !== "notice") return null;
  const { volumes } = item.content;
  const first = volumes[0];
  if (volumes.length === 1 && first)
    return <Band floor={first.floor_m} ceiling={first.ceiling_m} />;
  return (
    <>
      {volumes.slice(0, MOST).map((one, n) => (
        <Fact key={n} name={t("item:volume", { n: n + 1, use: word("codes", `use-${one.use}`) })}>
          <bdi dir="ltr" class="mono">
            {exact(one.start_ms)} – {exact(one.end_ms)}
          </bdi>
          <br />
          <bdi dir="ltr" class="mono">
            {band(one.floor_m, one.ceiling_m).join(" – ")}
          </bdi>
        </Fact>
      ))}
      {volumes.length > MOST && (
        <p class="empty">{t("item:more_volumes", { count: volumes.length - MOST })}</p>
      )}
    </>
  );
}
