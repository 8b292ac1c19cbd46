// One claim in its claimant's words, with what it says in figures, its source, and who objects.
import { t } from "../i18n";
import { health } from "../state/live";
import { may } from "../state/session";
import { select, selected } from "../state/url";
import { Button, Marking, Time, Words } from "../ui/parts";
import { span } from "../ui/time";
import { now } from "../state/clock";
import { place, type Claim, type Meant } from "./model";
import { moveTo } from "./replay";
import { saying } from "./Say";
import { objections } from "./store";
import { metres, quantity, told } from "./words";

/** Its words alone; choosing it chooses it on the map and the timeline too. */
export function ClaimWords({ claim }: { claim: Claim }) {
  const chosen = claim.ref === selected.value;
  return (
    <button
      type="button"
      class={`claim-words ${claim.state}${chosen ? " chosen" : ""}`}
      aria-pressed={chosen}
      onClick={() => select(chosen ? "" : claim.ref)}
    >
      <Words text={claim.text} />
    </button>
  );
}

export function ClaimView({ claim }: { claim: Claim }) {
  const figures = quantity(claim);
  return (
    <div class={`claim ${claim.state}`}>
      {claim.state !== "stands" && <p class="tag">{told("claim", claim.state)}</p>}
      <ClaimWords claim={claim} />
      <dl>
        {figures && <Said label={t("incident:figure")}>{figures}</Said>}
        {claim.answer && (
          <Said label={t("incident:answer")}>
            <Words text={claim.answer} />
          </Said>
        )}
        {claim.happened && (
          <Said label={t("incident:happened")}>
            <Interval meant={claim.happened} />
          </Said>
        )}
        {claim.place && (
          <Said label={t("incident:place")}>
            <bdi dir="ltr">{place(claim.place.geometry.coordinates)}</bdi>{" "}
            {(claim.place.properties.uncertainty_m ?? -1) >= 0
              ? `± ${metres(claim.place.properties.uncertainty_m ?? 0)}`
              : t("incident:how_sure_unsaid")}
          </Said>
        )}
        {claim.against.length > 0 && (
          <Said label={t("incident:against")}>
            <Words text={claim.against.join(", ")} />
          </Said>
        )}
        <Said label={t("incident:source")}>
          <Words text={claim.citation} />
          {", "}
          <Words text={claim.said.said} />
          {claim.quoted && <i> {t("incident:quoted", { author: claim.author })}</i>}
        </Said>
      </dl>
      {claim.objections.map((ref) => (
        <ObjectionRow key={ref} subject={ref} />
      ))}
      <p class="row claim-foot">
        <bdi dir="ltr" class="dim">
          {claim.ref}
        </bdi>
        <Marking marking={claim.marking} />
        {claim.from_ms !== null && (
          <Button tone="quiet" onClick={() => moveTo(claim.from_ms ?? 0)}>
            {t("incident:go_there")}
          </Button>
        )}
        {may("talk") && claim.state === "stands" && (
          <Button
            tone="quiet"
            onClick={() => (saying.value = { kind: "objection", to: claim.ref })}
          >
            {t("incident:object")}
          </Button>
        )}
      </p>
    </div>
  );
}

function Said({ label, children }: { label: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Interval({ meant }: { meant: Meant }) {
  const zones = Object.values(health.value?.zones ?? {});
  return (
    <>
      <Time ms={meant.from_ms} full zones={zones} />
      {meant.until_ms !== meant.from_ms && (
        <>
          {" – "}
          <Time ms={meant.until_ms} full zones={zones} />
        </>
      )}
      {meant.inferred.length > 0 && <i> {t("incident:inferred")}</i>}
    </>
  );
}

function ObjectionRow({ subject }: { subject: string }) {
  const paper = objections.value.get(subject);
  if (!paper)
    return (
      <p class="objection">
        {t("incident:objected")} <bdi dir="ltr">{subject}</bdi>
      </p>
    );
  const content = paper.content as { reason: string; reply_by_ms: number; state: string };
  const left = content.reply_by_ms - now.value;
  const open = content.state === "open";
  return (
    <div class="objection">
      <p>
        <b>{t("incident:objects", { who: paper.author })}</b> <Words text={content.reason} />
      </p>
      <p class="row dim">
        <bdi dir="ltr">{subject}</bdi>
        <span>{told("objection", content.state)}</span>
        <span>
          {t("incident:reply_by")} <Time ms={content.reply_by_ms} full />
        </span>
        {open && left >= 0 && left < 7 * 86_400_000 && <span dir="ltr">{span(left)}</span>}
        {open && left < 0 && <b class="over">{t("incident:overdue")}</b>}
      </p>
    </div>
  );
}
