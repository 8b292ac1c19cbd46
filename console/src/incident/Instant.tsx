// What stood at the cursor: claims of that instant, what our log held last, where tracks were.
import { useMemo } from "preact/hooks";
import { t } from "../i18n";
import { health } from "../state/live";
import { select, selected } from "../state/url";
import { Empty, Marking, Time, Words } from "../ui/parts";
import { ClaimWords } from "./ClaimView";
import { knownMs, place, shapeOf, stoodAt, type Fact, type Timeline } from "./model";
import { asKnown, cursor, replaying, turn } from "./replay";
import { kindOf, metres, nameOf } from "./words";

export function Instant({ found }: { found: Timeline }) {
  const at = turn.value;
  const known = asKnown.value;
  const stood = useMemo(() => stoodAt(found, cursor.peek(), known), [found, at, known]);
  const order = found.accounts.map((one) => one.claimant);
  return (
    <div class="stack at-instant">
      <p class="dim">{known ? t("incident:known_then") : t("incident:known_now")}</p>
      {!replaying.value && <p class="dim">{t("incident:still_live")}</p>}
      <h3>{t("incident:claimed_then")}</h3>
      {stood.claims.length === 0 && <Empty>{t("incident:nothing_claimed")}</Empty>}
      <ul class="stack">
        {stood.claims.map((one) => (
          <li key={one.ref} class="row top">
            <strong>
              <span aria-hidden="true">{shapeOf(order.indexOf(one.claimant))}</span>{" "}
              <Words text={nameOf(found, one.claimant)} />
            </strong>
            <ClaimWords claim={one} />
          </li>
        ))}
      </ul>
      <h3>{t("incident:logged_then", { party: nameOf(found, found.party) })}</h3>
      {stood.facts.length === 0 && <Empty>{t("incident:nothing_logged")}</Empty>}
      <ul class="stack log">
        {stood.facts.map((one, n) => (
          <FactRow key={`${one.at_ms} ${one.ref} ${n}`} fact={one} />
        ))}
      </ul>
      <h3>{t("incident:tracks_then")}</h3>
      {stood.fixes.length === 0 && <Empty>{t("incident:no_tracks")}</Empty>}
      <ul class="stack">
        {stood.fixes.slice(0, 100).map(({ track, fix }) => (
          <li key={`${track.track} ${track.source}`} class="row">
            <button type="button" class="ref" onClick={() => select(`track:${track.track}`)}>
              <Words text={track.label || track.track} />
            </button>
            <bdi dir="ltr">{place([fix.lon_deg, fix.lat_deg])}</bdi>
            {fix.uncertainty_m !== null && <span>± {metres(fix.uncertainty_m)}</span>}
            <Time ms={fix.at_ms} full />
            <Words text={fix.source} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function FactRow({ fact }: { fact: Fact }) {
  const zones = Object.values(health.value?.zones ?? {});
  return (
    <li class={fact.ref === selected.value ? "log-line chosen" : "log-line"}>
      <button type="button" class="ref" onClick={() => select(fact.ref)}>
        <Time ms={fact.at_ms} full zones={zones} />
      </button>
      <span class="row">
        <b>{kindOf(fact.kind)}</b>
        <bdi dir="ltr" class="dim">
          {fact.by}
        </bdi>
        <Marking marking={fact.marking} />
        {knownMs(fact) !== fact.at_ms && (
          <span class="dim">
            {t("incident:received")} <Time ms={knownMs(fact)} full zones={zones} />
          </span>
        )}
        <Words text={fact.words} />
      </span>
    </li>
  );
}
