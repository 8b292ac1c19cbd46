// What somebody shelved, and what an exercise suppresses: off the list, never out of sight.
import { useEffect } from "preact/hooks";
import type { Alarmed } from "../api/types";
import { t, word } from "../i18n";
import { watch } from "../state/live";
import { may } from "../state/session";
import { select } from "../state/url";
import { Button, Countdown, Empty, Words } from "../ui/parts";
import { unshelve } from "./acts";
import { bare } from "./model";
import { listed, PAGE, readList, type Tab } from "./store";
import { tell } from "./telling";

const NONE = { shelved: "needs:none_shelved", suppressed: "needs:none_suppressed" } as const;
const NAMES = { shelved: "needs:tab_shelved", suppressed: "needs:tab_suppressed" } as const;

export function Kept({ list }: { list: Exclude<Tab, "standing"> }) {
  const count = watch.value?.rates[list] ?? 0;
  useEffect(() => {
    void readList(list).catch((error) => tell(String(error), "bad"));
  }, [list, count]);
  const shown = listed.value?.list === list ? listed.value : null;
  const alarms = shown?.alarms ?? [];
  return (
    <>
      {alarms.length === 0 && <Empty>{t(NONE[list])}</Empty>}
      <ul class="needs-rows kept" aria-label={t(NAMES[list])}>
        {alarms.slice(0, PAGE).map((alarm) => (
          <KeptLine key={alarm.key} alarm={alarm} list={list} />
        ))}
      </ul>
      {shown && shown.total > PAGE && (
        <p class="empty">{t("needs:more_rows", { count: shown.total - PAGE })}</p>
      )}
    </>
  );
}

function KeptLine({ alarm, list }: { alarm: Alarmed; list: Exclude<Tab, "standing"> }) {
  const ref = bare(alarm.finding.refs[0] ?? "");
  const back = async () => {
    if (await unshelve(alarm.key)) await readList(list);
  };
  return (
    <li class={`need ${alarm.priority} seen`}>
      <div class="head">
        <span class={`priority ${alarm.priority}`}>
          <i class="shape" aria-hidden="true" />
          {word("codes", alarm.priority)}
        </span>
        <b class="kind">{word("codes", alarm.finding.kind)}</b>
        <span class="due">
          {alarm.shelved_until && (
            <Countdown ms={Date.parse(alarm.shelved_until)} label={t("needs:shelf_left")} />
          )}
        </span>
      </div>
      <div class="line">
        <Words text={alarm.finding.text} />
      </div>
      {alarm.shelf_reason && (
        <div class="line">
          {t("needs:shelved_reason", { who: alarm.shelved_by })} <Words text={alarm.shelf_reason} />
        </div>
      )}
      <div class="foot">
        <Button onClick={() => select(ref)}>{t("needs:show")}</Button>
        {list === "shelved" && may("answer") && (
          <Button onClick={() => void back()}>{t("needs:unshelve")}</Button>
        )}
      </div>
    </li>
  );
}
