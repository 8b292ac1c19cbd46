// Incidents: the list of them, or the one that is open with both accounts, its replay and evidence.
import { useEffect } from "preact/hooks";
import { t, type Key } from "../i18n";
import { health } from "../state/live";
import { useMarkings } from "../state/marking";
import { may } from "../state/session";
import { select, set } from "../state/url";
import { Button, Empty, Marking, Refusal, Time, Words } from "../ui/parts";
import { Accounts } from "./Accounts";
import { Export } from "./Export";
import { Instant } from "./Instant";
import { Lanes } from "./Lanes";
import { layAccounts } from "./overlay";
import { Player } from "./Player";
import { attend, end } from "./replay";
import { Say, saying } from "./Say";
import {
  closeIncident,
  failure,
  follow,
  incident,
  incidents,
  listed,
  loadIncidents,
  openIncident,
  part,
  PARTS,
  report,
  timeline,
} from "./store";
import { Verify } from "./Verify";
import { nameOf, told } from "./words";

export function IncidentRoom() {
  const ref = incident.value;
  return ref ? <Opened key={ref} subject={ref} /> : <Listing />;
}

function Listing() {
  useEffect(() => follow(""), []);
  const found = incidents.value;
  useMarkings((found?.papers ?? []).map((one) => one.marking?.banner ?? ""));
  return (
    <div class="stack incidents">
      <header class="row">
        <h2>{t("incident:title")}</h2>
        {may("talk") && (
          <Button onClick={() => (saying.value = { kind: "report" })}>
            {t("incident:new_report")}
          </Button>
        )}
      </header>
      <Refusal error={failure.value} />
      {!found && !failure.value && <Empty>{t("app:loading")}</Empty>}
      {found?.papers.length === 0 && <Empty>{t("incident:none")}</Empty>}
      <ul class="stack">
        {found?.papers.map((one) => {
          const content = one.content as {
            title: string;
            parties: string[];
            state: string;
            same_as: string;
          };
          return (
            <li key={one.ref} class="incident-row">
              <button type="button" onClick={() => openIncident(one.ref)}>
                <Words text={content.title} />
              </button>
              <p class="row dim">
                <bdi dir="ltr">{one.ref}</bdi>
                <span>{told("state", content.state)}</span>
                <span dir="ltr">{content.parties.join(", ")}</span>
                <Time ms={one.first_ms} full />
                {content.same_as && (
                  <span>
                    {t("incident:joins")} <bdi dir="ltr">{content.same_as}</bdi>
                  </span>
                )}
                <Marking marking={one.marking?.banner ?? ""} />
              </p>
            </li>
          );
        })}
      </ul>
      {found?.next && (
        <Button onClick={() => void loadIncidents(found.next ?? "")}>{t("app:more")}</Button>
      )}
      <details>
        <summary>{t("incident:export")}</summary>
        <Export />
      </details>
      <Verify />
      <Say />
    </div>
  );
}

function Opened({ subject }: { subject: string }) {
  useEffect(() => {
    const stops = [follow(subject), attend(), layAccounts()];
    return () => {
      for (const stop of stops) stop();
      end();
    };
  }, [subject]);
  const found = timeline.value;
  const list = listed.value;
  useMarkings([found?.marking ?? "", list?.marking ?? ""]);
  return (
    <div class="stack incident">
      <Head subject={subject} />
      <Refusal error={failure.value} />
      {!found && !failure.value && <Empty>{t("app:loading")}</Empty>}
      {found && list && (
        <>
          <section class="replay" aria-label={t("incident:replay")}>
            <Player found={found} />
            <Lanes found={found} />
          </section>
          <Parts />
          {part.value === "accounts" && <Accounts found={found} list={list} />}
          {part.value === "instant" && <Instant found={found} />}
          {part.value === "evidence" && (
            <div class="stack">
              <Export incident={subject} period={[found.from_ms, found.until_ms]} />
              <Verify />
            </div>
          )}
        </>
      )}
      <Say />
    </div>
  );
}

function Parts() {
  return (
    <nav class="row parts" aria-label={t("incident:parts")}>
      {PARTS.map((one) => (
        <button
          key={one}
          type="button"
          aria-current={part.value === one ? "page" : undefined}
          onClick={() => set({ part: one === "accounts" ? null : one })}
        >
          {t(`incident:part_${one}` as Key)}
        </button>
      ))}
    </nav>
  );
}

function Head({ subject }: { subject: string }) {
  const found = timeline.value;
  const content = report.value?.content as { state?: string; harm?: string } | undefined;
  const zones = Object.values(health.value?.zones ?? {});
  return (
    <header class="stack incident-head">
      <p class="row">
        <Button
          tone="quiet"
          onClick={() => {
            select("");
            closeIncident();
          }}
        >
          ← {t("incident:all")}
        </Button>
        <bdi dir="ltr" class="mono">
          {subject}
        </bdi>
        {content?.state && <span>{told("state", content.state)}</span>}
        <Marking marking={found?.marking ?? ""} />
      </p>
      <h2>
        <Words text={found?.title ?? ""} />
      </h2>
      {found && (
        <p class="row dim">
          <span dir="auto">
            {t("incident:concerned", {
              parties: found.concerned.map((one) => nameOf(found, one)).join(", "),
            })}
          </span>
          <span>
            <Time ms={found.when.from_ms} full zones={zones} /> –{" "}
            <Time ms={found.when.until_ms} full zones={zones} />
          </span>
          {may("talk") && (
            <Button onClick={() => (saying.value = { kind: "claim" })}>
              {t("incident:new_claim")}
            </Button>
          )}
        </p>
      )}
    </header>
  );
}
