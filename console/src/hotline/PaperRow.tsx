// One open paper: what it says in a line, until when, who stands where, and the replies to it.
import { useState } from "preact/hooks";
import { t, word } from "../i18n";
import { select, selected } from "../state/url";
import { nameOf } from "../ui/keys";
import { Button, Countdown, Marking, Refusal, Time, Words } from "../ui/parts";
import { useAct } from "./acting";
import { Why } from "./Acts";
import { mine, reached, type Paper } from "./logic";
import { openPerson } from "./PersonCard";
import { climb, me, type Rung } from "./store";

interface When {
  said: string;
  from_ms: number;
  until_ms: number;
}

/** What the contents of these kinds may have; each shows what it has. */
interface Said {
  title?: string;
  said?: string;
  text?: string;
  purpose?: string;
  recipient?: string;
  owner?: string;
  state?: string;
  place?: string;
  source?: string;
  when?: When;
  due?: When | null;
  reply_by_ms?: number;
  until_ms?: number;
}

const deadline = (said: Said): number =>
  [said.reply_by_ms, said.due?.until_ms, said.until_ms].find((ms) => ms !== undefined && ms > 0) ??
  -1;

export function PaperRow({ paper, can }: { paper: Paper; can: boolean }) {
  const said = paper.content as unknown as Said;
  const [form, open] = useState<"" | "read-back" | "objected" | "unable">("");
  const act = useAct();
  const heard = mine(paper, me());
  const answer = (rung: Rung, text = "") =>
    void act.run(() => climb(paper, rung, text)).then((done) => done && open(""));
  const settled = (heard?.answered_ms ?? -1) >= 0;
  const does: Record<string, () => void> =
    heard && can && !settled
      ? {
          ...(heard.read_ms < 0 ? { a: () => answer("read") } : {}),
          c: () => answer("accepted"),
          o: () => open("objected"),
          u: () => open("unable"),
        }
      : {};
  return (
    <li
      class="paper"
      tabIndex={0}
      aria-label={paper.text}
      aria-current={selected.value === paper.ref ? "true" : undefined}
      onKeyDown={(event) => {
        const run = event.target === event.currentTarget ? does[nameOf(event)] : undefined;
        if (!run) return;
        event.preventDefault();
        run();
      }}
    >
      <PaperHead paper={paper} />
      <What paper={paper} said={said} />
      <Standings paper={paper} />
      {Object.keys(does).length > 0 && (
        <p class="row acts">
          {does["a"] && (
            <Button tone="main" hotkey="a" disabled={act.busy} onClick={does["a"]}>
              {t("hotline:mark_read")}
            </Button>
          )}
          <Button hotkey="c" disabled={act.busy} onClick={() => answer("accepted")}>
            {t("hotline:accept")}
          </Button>
          <Button hotkey="o" disabled={act.busy} onClick={() => open("objected")}>
            {t("hotline:object")}
          </Button>
          <Button hotkey="u" disabled={act.busy} onClick={() => open("unable")}>
            {t("hotline:unable")}
          </Button>
        </p>
      )}
      {(form === "objected" || form === "unable") && (
        <Why form={form} acts={{ answer, open, act }} />
      )}
      <Refusal error={act.error} />
    </li>
  );
}

function PaperHead({ paper }: { paper: Paper }) {
  return (
    <p class="row">
      <button type="button" class="ref mono" dir="ltr" onClick={() => select(paper.ref)}>
        {paper.ref}
      </button>
      <span dir="ltr">
        <bdi>{paper.author}</bdi> <span aria-hidden="true">→</span> <bdi>{paper.to.join(", ")}</bdi>
      </span>
      {paper.person && (
        <button type="button" class="name" onClick={() => openPerson(paper.person)}>
          <bdi>{paper.person}</bdi>
        </button>
      )}
      <Time ms={paper.at_ms} full />
      {paper.exercise && <strong class="exercise">{t("app:exercise")}</strong>}
      <Marking marking={paper.marking.banner} />
    </p>
  );
}

function What({ paper, said }: { paper: Paper; said: Said }) {
  const until = deadline(said);
  const words = said.title || said.said || said.purpose || said.text || paper.text;
  return (
    <>
      <Words as="p" text={words.length > 600 ? `${words.slice(0, 600)}…` : words} />
      <p class="row facts">
        {said.state && <span>{word("hotline", `paper_${said.state}`)}</span>}
        {said.owner && <span>{t("hotline:owner", { party: said.owner })}</span>}
        {said.recipient && (
          <span>
            {t("hotline:recipient")} <bdi>{said.recipient}</bdi>
          </span>
        )}
        {said.place && <bdi>{said.place}</bdi>}
        {said.source && (
          <span>
            {t("hotline:source")} <bdi>{said.source}</bdi>
          </span>
        )}
        {said.when && (
          <span>
            <Time ms={said.when.from_ms} full /> <bdi>{said.when.said}</bdi>
          </span>
        )}
        {until >= 0 && (
          <span>
            {t("hotline:until")} <Time ms={until} full />{" "}
            <Countdown ms={until} label={t("hotline:until")} />
          </span>
        )}
      </p>
    </>
  );
}

const Standings = ({ paper }: { paper: Paper }) => (
  <ul class="read-state">
    {paper.heard.map((one) => {
      const { rung, ms } = reached(one);
      return (
        <li key={one.party} class={`rung ${rung}`}>
          <strong>
            <bdi>{one.party}</bdi>: {word("codes", rung)}
          </strong>{" "}
          {ms >= 0 && <Time ms={ms} full />} {one.text && <bdi class="words">{one.text}</bdi>}
        </li>
      );
    })}
  </ul>
);
