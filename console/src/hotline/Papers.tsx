// What is open with the other side on paper: requests, promises, meetings, consents, amendments.
import { useState } from "preact/hooks";
import { ask, download } from "../api/client";
import { t } from "../i18n";
import { useMarkings } from "../state/marking";
import { may } from "../state/session";
import { Button, Empty, Refusal } from "../ui/parts";
import { useAct } from "./acting";
import { useListing, type Listing } from "./listing";
import { Offers } from "./Offers";
import { PaperRow } from "./PaperRow";

/** In the order in which they press. */
export const PAPER_KINDS = [
  "notice-request",
  "consent-request",
  "commitment",
  "consultation",
  "minutes",
  "briefing",
  "objection",
  "communique",
] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

const ROWS = 50;

export function Papers() {
  const [only, setOnly] = useState<PaperKind | "">("");
  return (
    <div class="papers-room stack">
      <header class="row">
        <h3>{t("hotline:tab_papers")}</h3>
        <label class="row">
          {t("hotline:show")}
          <select
            value={only}
            onChange={(event) => setOnly(event.currentTarget.value as PaperKind | "")}
          >
            <option value="">{t("hotline:everything")}</option>
            {PAPER_KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`hotline:kind_${kind}`)}
              </option>
            ))}
          </select>
        </label>
        <Calendar />
      </header>
      {!only && <Offers />}
      {PAPER_KINDS.filter((kind) => !only || kind === only).map((kind) => (
        <Kind key={kind} kind={kind} />
      ))}
    </div>
  );
}

function Calendar() {
  const act = useAct();
  const take = () =>
    act.run(async () => download("parley.ics", await ask("GET", "/v1/meetings.ics")));
  return (
    <>
      <Button disabled={act.busy} onClick={() => void take()}>
        {t("hotline:calendar")}
      </Button>
      <Refusal error={act.error} />
    </>
  );
}

function Kind({ kind }: { kind: PaperKind }) {
  const found = useListing(kind, true);
  useMarkings(found.papers.map((one) => one.marking.banner));
  const can = kind === "consent-request" ? may("pass-on") : may("talk");
  return (
    <section class="paper-kind" aria-label={t(`hotline:kind_${kind}`)}>
      <h4>
        {t(`hotline:kind_${kind}`)}{" "}
        {found.papers.length > 0 && <span>({found.papers.length})</span>}
      </h4>
      <Refusal error={found.error} />
      <Rows found={found} can={can} />
    </section>
  );
}

function Rows({ found, can }: { found: Listing; can: boolean }) {
  const [rows, setRows] = useState(ROWS);
  if (found.read && found.papers.length === 0) return <Empty>{t("hotline:none_open")}</Empty>;
  const more = found.papers.length > rows || found.more;
  return (
    <>
      <ol class="rows">
        {found.papers.slice(0, rows).map((one) => (
          <PaperRow key={one.ref} paper={one} can={can} />
        ))}
      </ol>
      {more && (
        <Button
          tone="quiet"
          onClick={() => {
            setRows(rows + ROWS);
            if (found.more) found.further();
          }}
        >
          {t("app:more")}
        </Button>
      )}
    </>
  );
}
