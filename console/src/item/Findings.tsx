// What the rules conclude about the subject, and the alarms that stand for it.
import { t, word } from "../i18n";
import { alarms, findings } from "../state/live";
import { bare } from "../needs/model";
import { select } from "../state/url";
import { Button, Empty, Words } from "../ui/parts";

const MOST = 20;

export function Findings({ subject }: { subject: string }) {
  const about = (refs: readonly string[]) => refs.some((ref) => bare(ref) === subject);
  const standing = alarms.value.filter((one) => about(one.finding.refs));
  const known = new Set(standing.map((one) => one.key));
  const found = findings.value.filter((one) => about(one.refs) && !known.has(one.key));
  return (
    <section aria-label={t("item:findings")}>
      <h3>{t("item:findings")}</h3>
      {standing.length + found.length === 0 && <Empty>{t("item:no_findings")}</Empty>}
      <ul class="found">
        {standing.slice(0, MOST).map((one) => (
          <li key={one.key} class={one.priority}>
            <b>{word("codes", one.finding.kind)}</b> · {word("codes", one.priority)} ·{" "}
            {word("codes", one.state)}
            <Words as="p" text={one.finding.text} />
            <p class="response">{one.response}</p>
            <Others refs={one.finding.refs} subject={subject} />
          </li>
        ))}
        {found.slice(0, MOST).map((one) => (
          <li key={one.key} class={one.level}>
            <b>{word("codes", one.kind)}</b> · {word("codes", one.level)}
            <Words as="p" text={one.text} />
            <Others refs={one.refs} subject={subject} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The way to what else it is about. */
function Others({ refs, subject }: { refs: readonly string[]; subject: string }) {
  const others = refs
    .map(bare)
    .filter((ref) => ref !== subject && !/^(party|feed|sensor):/.test(ref))
    .slice(0, 4);
  if (others.length === 0) return null;
  return (
    <p class="row">
      {others.map((ref) => (
        <Button key={ref} tone="quiet" onClick={() => select(ref)}>
          <bdi dir="ltr">{ref}</bdi>
        </Button>
      ))}
    </p>
  );
}
