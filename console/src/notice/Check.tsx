// What releasing the words as they are would find: lead time, conflicts, bystanders, contradictions.
import type { Checked, Finding } from "../api/types";
import { t, word } from "../i18n";
import { Refusal, Words } from "../ui/parts";
import { select } from "../state/url";
import { span } from "../ui/time";
import { checked, refused, stale } from "./checking";
import { checkedAs, read, words } from "./state";

export function Check() {
  const found = checked.value?.view;
  return (
    <section class="check" aria-label={t("notice:check")} aria-busy={stale.value}>
      <h3>
        {t("notice:check")} {stale.value && <small>{t("notice:checking")}</small>}
      </h3>
      {!found && !refused.value && <p class="told">{t("notice:not_checked")}</p>}
      <Refusal error={refused.value} />
      {found && (
        <>
          {!words.value.activity_class && (
            <p class="told">{t("notice:checked_as", { name: checkedAs.value })}</p>
          )}
          <LeadTime lead={found.lead_time} />
          <Found findings={found.findings} />
          <p class="told">{t("notice:area_in_all", { area: found.area_km2 })}</p>
        </>
      )}
      {read.value.lacking.length > 0 && (
        <p class="told">
          {t("notice:still", {
            what: read.value.lacking
              .map((one) => word("notice", `lack_${one.replace("-", "_")}`))
              .join(", "),
          })}
        </p>
      )}
    </section>
  );
}

/** The check in one line, beside the button that it is for. */
export function Summary() {
  const found = checked.value?.view;
  if (!found) return null;
  const count = (kind: string) => found.findings.filter((one) => one.kind === kind).length;
  const told = (
    [
      ["notice:conflicts", count("conflict")],
      ["notice:bystanders_short", count("bystander-in-hazard")],
      ["notice:contradictions", count("self-contradiction")],
    ] as const
  ).filter(([, n]) => n > 0);
  const { verdict } = found.lead_time;
  const grave = told.length > 0 || verdict !== "timely";
  return (
    <p class={`summary verdict ${grave ? "late" : "timely"}`} aria-hidden="true">
      {grave ? "▲" : "✓"} {t(`notice:lead_${verdict.replace(/-/g, "_")}` as "notice:lead_late")}
      {told.map(([name, n]) => ` · ${t(name)}: ${n}`)}
    </p>
  );
}

const SIGNS = { timely: "✓", late: "▲", "after-the-fact": "◆" } as const;

/** Given against required, by shape and word. */
export function LeadTime({ lead }: { lead: Checked["lead_time"] }) {
  return (
    <p class={`verdict ${lead.verdict}`} role="status">
      <span aria-hidden="true">{SIGNS[lead.verdict]}</span>{" "}
      <b>{t(`notice:lead_${lead.verdict.replace(/-/g, "_")}` as "notice:lead_late")}</b>{" "}
      <span class="mono" dir="ltr">
        {span(lead.given_s * 1000)} / {span(lead.required_s * 1000)}
      </span>
    </p>
  );
}

const GROUPS = [
  ["notice:bystanders", (kind: string) => kind === "bystander-in-hazard"],
  ["notice:contradictions", (kind: string) => kind === "self-contradiction"],
  ["notice:conflicts", (kind: string) => kind === "conflict"],
  ["notice:other_findings", () => true],
] as const;
const MOST = 20;
const LEVELS: readonly Finding["level"][] = ["urgent", "warning", "advisory", "info"];

/** In groups, the gravest first; `fresh`: keys of what was not there before. */
export function Found({
  findings,
  fresh,
}: {
  findings: readonly Finding[];
  fresh?: ReadonlySet<string>;
}) {
  const left = new Set(findings.filter((one) => !/^lead-time/.test(one.kind)));
  const rank = (one: Finding) => LEVELS.indexOf(one.level);
  if (left.size === 0)
    return (
      <p class="verdict timely">
        <span aria-hidden="true">✓</span> {t("notice:nothing_found")}
      </p>
    );
  return GROUPS.map(([title, belongs]) => {
    const mine = [...left].filter((one) => belongs(one.kind)).sort((a, b) => rank(a) - rank(b));
    for (const one of mine) left.delete(one);
    if (mine.length === 0) return null;
    return (
      <div key={title}>
        <h4>
          {t(title)} <span class="count">{mine.length}</span>
        </h4>
        <ul class="found">
          {mine.slice(0, MOST).map((one) => (
            <Line key={one.key} finding={one} isNew={fresh?.has(one.key) ?? false} />
          ))}
          {mine.length > MOST && <li>{t("notice:more", { count: mine.length - MOST })}</li>}
        </ul>
      </div>
    );
  });
}

const DRAFT = /(^|:)[\w.-]*draft(@|$)/;

function Line({ finding, isNew }: { finding: Finding; isNew: boolean }) {
  const other = finding.refs
    .map((ref) => ref.replace(/@\d+$/, ""))
    .find((ref) => !DRAFT.test(ref) && /^[a-z-]+:/.test(ref));
  return (
    <li class={finding.level}>
      <button
        type="button"
        class="finding"
        disabled={other === undefined}
        onClick={() => other && select(other)}
      >
        {isNew && <b class="new">{t("notice:new")} </b>}
        <b>{word("codes", finding.level)}</b> · {word("codes", finding.kind)}{" "}
        {finding.kind === "conflict" && finding.parties.length > 0 && (
          <bdi dir="ltr">{finding.parties.join(", ")}</bdi>
        )}
        <Words as="p" text={finding.text} />
      </button>
    </li>
  );
}
