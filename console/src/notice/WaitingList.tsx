// Drafts that wait for their second person, and ours that came back.
import type { Waiting } from "../api/types";
import { t } from "../i18n";
import { open } from "../state/url";
import { Empty, Words } from "../ui/parts";
import { zulu } from "../ui/time";
import { returned, waiting } from "./drafts";

export function WaitingList() {
  return (
    <>
      <h2>{t("notice:waiting", { count: waiting.value.length })}</h2>
      {waiting.value.length === 0 && <Empty>{t("notice:none_wait")}</Empty>}
      <List drafts={waiting.value} />
      {returned.value.length > 0 && (
        <>
          <h3>{t("notice:came_back")}</h3>
          <List drafts={returned.value} />
        </>
      )}
    </>
  );
}

const List = ({ drafts }: { drafts: readonly Waiting[] }) => (
  <ul class="drafts">
    {drafts.slice(0, 100).map((one) => (
      <li key={one.id}>
        <button type="button" class="draft" onClick={() => open("notice", { draft: one.id })}>
          <Words as="p" text={one.text} />
          <small>
            {t("notice:by", { who: one.author.name, at: zulu(one.made_ms) })}
            {one.revision > 1 && ` · ${t("notice:revision", { n: one.revision })}`}
            {one.may.includes("release") && ` · ${t("notice:you_may")}`}
          </small>
        </button>
      </li>
    ))}
  </ul>
);
