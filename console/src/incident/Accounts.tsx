// What is agreed and what is disputed: a topic at a time, each claimant's words beside the others'.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { selected } from "../state/url";
import { Button, Empty, Words } from "../ui/parts";
import { number, zulu } from "../ui/time";
import { ClaimView } from "./ClaimView";
import {
  claimsOf,
  columns,
  orderOf,
  shapeOf,
  STANDINGS,
  type AgreedList,
  type Claim,
  type Entry,
  type Timeline,
} from "./model";
import { measures, metres, nameOf, told } from "./words";

const AT_ONCE = 40;

export function Accounts({ found, list }: { found: Timeline; list: AgreedList }) {
  const shown = useSignal(AT_ONCE);
  const wanted = useSignal("");
  const claims = new Map(claimsOf(found).map((one) => [one.ref, one]));
  const standings = [...new Set(list.entries.map((one) => one.standing))];
  const entries = list.entries.filter((one) => !wanted.value || one.standing === wanted.value);
  return (
    <div class="stack accounts">
      <div class="row" role="group" aria-label={t("incident:standings")}>
        {standings.map((one) => (
          <button
            key={one}
            type="button"
            class="standing"
            aria-pressed={wanted.value === one}
            onClick={() => (wanted.value = wanted.value === one ? "" : one)}
          >
            <span aria-hidden="true">{STANDINGS[one]}</span> {told("standing", one)}{" "}
            {number(list.entries.filter((entry) => entry.standing === one).length)}
          </button>
        ))}
      </div>
      <p class="dim">{t("incident:claims_stay")}</p>
      {entries.length === 0 && <Empty>{t("incident:no_claims")}</Empty>}
      {entries.slice(0, shown.value).map((one) => (
        <EntryView key={`${one.topic} ${one.aspect}`} {...{ found, entry: one, claims }} />
      ))}
      {entries.length > shown.value && (
        <Button onClick={() => (shown.value += AT_ONCE)}>{t("app:more")}</Button>
      )}
    </div>
  );
}

interface EntryProps {
  found: Timeline;
  entry: Entry;
  claims: ReadonlyMap<string, Claim>;
}

function EntryView({ found, entry, claims }: EntryProps) {
  const box = useRef<HTMLElement>(null);
  const order = orderOf(found);
  const mine = entry.claims.some((one) => one.ref === selected.value);
  useEffect(() => {
    if (mine) box.current?.scrollIntoView({ block: "nearest" });
  }, [mine]);
  return (
    <section ref={box} class={`entry ${entry.standing}`} data-topic={entry.topic}>
      <h3 class="row">
        <span class="standing">
          <span aria-hidden="true">{STANDINGS[entry.standing] ?? "?"}</span>{" "}
          {told("standing", entry.standing)}
        </span>
        <Words text={entry.topic} />
        <small class="dim">{told("aspect", entry.aspect)}</small>
      </h3>
      <div class="columns">
        {columns(entry, order, found.concerned).map((claimant) => (
          <section key={claimant} class="account" data-claimant={claimant}>
            <h4>
              <span aria-hidden="true">{shapeOf(order.indexOf(claimant))}</span>{" "}
              <Words text={nameOf(found, claimant)} />
            </h4>
            {entry.claims
              .filter((one) => one.claim.claimant === claimant)
              .map((one) => claims.get(one.ref))
              .filter((one) => one !== undefined)
              .map((one) => (
                <ClaimView key={one.ref} claim={one} />
              ))}
            <Silent {...{ entry, claims, claimant }} />
          </section>
        ))}
      </div>
      <Against entry={entry} claims={claims} />
    </section>
  );
}

/** One who claims nothing here: he may have answered what another claims. */
function Silent({ entry, claims, claimant }: Omit<EntryProps, "found"> & { claimant: string }) {
  const known = entry.claims
    .map((one) => claims.get(one.ref))
    .filter((one) => one !== undefined)
    .filter((one) => one.claimant !== claimant);
  const held = known.filter((one) => one.held_by.includes(claimant)).map((one) => one.ref);
  const refused = known.filter((one) => one.refused_by.includes(claimant)).map((one) => one.ref);
  const own = known.length < entry.claims.length;
  return (
    <>
      {held.length > 0 && (
        <p>
          <span aria-hidden="true">=</span> {t("incident:accepts")}{" "}
          <bdi dir="ltr">{held.join(", ")}</bdi>
        </p>
      )}
      {refused.length > 0 && (
        <p>
          <span aria-hidden="true">≠</span> {t("incident:refuses")}{" "}
          <bdi dir="ltr">{refused.join(", ")}</bdi>
        </p>
      )}
      {!own && held.length + refused.length === 0 && (
        <p class="dim">{t("incident:says_nothing")}</p>
      )}
    </>
  );
}

/** What against what, by how much: structure, no judgement. */
function Against({ entry, claims }: Omit<EntryProps, "found">) {
  return (
    <ul class="against">
      {entry.contradictions.map((one) => (
        <li key={`${one.a} ${one.b}`}>
          <span aria-hidden="true">≠</span> <bdi dir="ltr">{one.a}</bdi> ↔{" "}
          <bdi dir="ltr">{one.b}</bdi>: {one.against.map((what) => told("member", what)).join(", ")}
          {measures(one, claims.get(one.a)?.unit ?? "").map((text) => (
            <span key={text}>; {text}</span>
          ))}
          {one.own && <i>; {t("incident:own_contradiction")}</i>}
          {one.inferred && <i>; {t("incident:inferred")}</i>}
        </li>
      ))}
      {entry.distances.map((one) => (
        <li key={`${one.a} ${one.b} apart`}>
          <span aria-hidden="true">↔</span> <bdi dir="ltr">{one.a}</bdi> ↔{" "}
          <bdi dir="ltr">{one.b}</bdi>:{" "}
          {t("incident:distance", {
            apart: metres(one.apart_m),
            least: metres(one.least_m),
            within: number(one.within_s),
          })}
          {one.needed_mps !== null && (
            <span>; {t("incident:needs", { speed: number(one.needed_mps) })}</span>
          )}
        </li>
      ))}
      {entry.changes.map((one) => (
        <li key={`${one.from} ${one.to}`}>
          <span aria-hidden="true">→</span>{" "}
          {t("incident:change", { who: one.claimant, at: zulu(one.at_ms, true) })}{" "}
          <bdi dir="ltr">
            {one.from} → {one.to}
          </bdi>
        </li>
      ))}
    </ul>
  );
}
