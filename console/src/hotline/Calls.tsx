// The log of calls of one line: who, when, how long, what was said; and a call just made.
import { t } from "../i18n";
import { useMarkings } from "../state/marking";
import { may } from "../state/session";
import { now, nowMs } from "../state/clock";
import { Button, Empty, Marking, Refusal, Words } from "../ui/parts";
import { span } from "../ui/time";
import { useAct } from "./acting";
import { CallForm } from "./CallForm";
import { useListing } from "./listing";
import type { FileHash, Line, LineName, Paper } from "./logic";
import { Attached } from "./Message";
import { openPerson } from "./PersonCard";
import { Stamp } from "./Stamp";
import { amend, me } from "./store";

export interface CallContent {
  line: LineName;
  by: string;
  parties: string[];
  began_ms: number;
  ended_ms: number;
  answered: boolean;
  speakers: string[];
  summary: string;
  recordings: FileHash[];
}

export const callOf = (paper: Paper): CallContent => paper.content as unknown as CallContent;

export function Calls({ line, lines }: { line: LineName; lines: readonly Line[] }) {
  const found = useListing("call");
  const calls = found.papers.filter((one) => callOf(one).line === line);
  useMarkings(calls.map((one) => one.marking.banner));
  return (
    <div class="calls stack">
      {may("talk") && <CallForm line={line} lines={lines} />}
      <h4>{t("hotline:calls")}</h4>
      <Refusal error={found.error} />
      {found.read && calls.length === 0 && <Empty>{t("hotline:no_calls")}</Empty>}
      <ol class="rows">
        {calls.map((one) => (
          <Call key={one.ref} paper={one} />
        ))}
      </ol>
      {found.more && (
        <Button tone="quiet" onClick={found.further}>
          {t("app:more")}
        </Button>
      )}
    </div>
  );
}

function Call({ paper }: { paper: Paper }) {
  const call = callOf(paper);
  const on = call.ended_ms < 0;
  const act = useAct();
  const end = () => act.run(() => amend(paper.ref, { ...call, ended_ms: nowMs() }));
  return (
    <li class="call">
      <p class="row">
        <strong dir="ltr">
          <bdi>{call.by}</bdi> <span aria-hidden="true">☎ →</span>{" "}
          <bdi>{call.parties.filter((one) => one !== call.by).join(", ")}</bdi>
        </strong>
        <Stamp ms={call.began_ms} />
        {on ? <Lasting since_ms={call.began_ms} /> : <span>{lasted(call)}</span>}
        {!call.answered && <strong class="wrong">{t("hotline:not_taken")}</strong>}
        <code dir="ltr">{paper.ref}</code>
        <Marking marking={paper.marking.banner} />
      </p>
      {call.speakers.length > 0 && (
        <p>
          {t("hotline:spoke")}{" "}
          {call.speakers.map((one) => (
            <button key={one} type="button" class="name" onClick={() => openPerson(one)}>
              <bdi>{one}</bdi>
            </button>
          ))}
        </p>
      )}
      {call.summary && <Words as="p" text={call.summary} />}
      {call.recordings.length > 0 && <Attached files={call.recordings} />}
      <p class="logged">
        {t("hotline:logged_by", { party: paper.author })} <bdi>{paper.person}</bdi>
      </p>
      {on && paper.author === me() && may("talk") && (
        <Button tone="main" disabled={act.busy} onClick={() => void end()}>
          {t("hotline:call_ended_now")}
        </Button>
      )}
      <Refusal error={act.error} />
    </li>
  );
}

const lasted = (call: CallContent): string =>
  t("hotline:lasted", { span: span(call.ended_ms - call.began_ms) });

const Lasting = ({ since_ms }: { since_ms: number }) => (
  <strong class="on">{t("hotline:call_goes_on", { span: span(now.value - since_ms) })}</strong>
);
