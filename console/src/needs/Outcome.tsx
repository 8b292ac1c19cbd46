// What became of a STOP or DISTRESS: to whom it went, who has it, what to do where it did not go.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Posted } from "../api/types";
import { post } from "../api/client";
import { t, word } from "../i18n";
import { items, links } from "../state/live";
import { session } from "../state/session";
import { Button, Refusal } from "../ui/parts";
import { zuluTime } from "../ui/time";
import { keep } from "./acts";
import { rules } from "./store";
import { sending, type Call } from "./calls";

const SAYS = {
  stop: { name: "app:stop", script: "needs:script_stop", end: "needs:end_stop" },
  distress: {
    name: "app:distress",
    script: "needs:script_distress",
    end: "needs:end_distress",
  },
} as const;

export function Outcome({ call, onClose }: { call: Call; onClose: () => void }) {
  const now = sending.value;
  if (now.state === "ready") return null;
  if (now.state === "sending") return <p role="status">{t("needs:sending")}</p>;
  if (now.state === "slow") return <NotOut call={call} says={t("needs:slow")} />;
  if (now.state === "failed")
    return (
      <>
        {now.unreached ? (
          <NotOut call={call} says={t("needs:not_sent")} />
        ) : (
          <p class="not-out" role="alert">
            {t("needs:refused")}
          </p>
        )}
        <Refusal error={now.error} />
      </>
    );
  return <Sent call={call} posted={now.posted} onClose={onClose} />;
}

/** It did not go by this screen: in red, with the words to be said by telephone. */
function NotOut({ call, says }: { call: Call; says: string }) {
  const who = session.value;
  return (
    <div class="not-out" role="alert">
      <p>
        <strong>{says}</strong>
      </p>
      <p>{t("needs:telephone")}</p>
      <blockquote dir="auto">
        {t(SAYS[call].script, { party: who?.party ?? "", name: who?.name ?? "" })}
      </blockquote>
    </div>
  );
}

function Sent({ call, posted, onClose }: { call: Call; posted: Posted; onClose: () => void }) {
  const item = items.value.get(posted.ref) ?? posted.item;
  const refused = useSignal<unknown>(null);
  const lifted = useSignal(false);
  useEffect(() => {
    document.querySelector<HTMLElement>("dialog[open] .after .button")?.focus();
  }, []);
  const lift = async () => {
    try {
      const done = await post<Posted>(`/v1/items/${encodeURIComponent(posted.ref)}/steps`, {
        step: "all-clear",
        role: session.peek()?.duty ?? "",
        text: "",
      });
      if (done.item) keep(done.item);
      lifted.value = true;
    } catch (error) {
      refused.value = error;
    }
  };
  return (
    <div class="after stack">
      <p role="status" class="sent">
        {t("needs:sent", { call: t(SAYS[call].name), ref: posted.ref.split(":")[1] ?? posted.ref })}
      </p>
      {!posted.logged && (
        <p class="not-out" role="alert">
          {t("needs:not_logged")} {posted.warning}
        </p>
      )}
      <ul class="receipts">
        {(item?.to ?? []).map((party) => (
          <Receipt key={party} party={party} standings={item?.standings ?? []} />
        ))}
      </ul>
      <Refusal error={refused.value} />
      <div class="row">
        <Button onClick={onClose} tone="main">
          {t("app:close")}
        </Button>
        {posted.logged && !lifted.value && (
          <Button onClick={() => void lift()}>{t(SAYS[call].end)}</Button>
        )}
        {lifted.value && <p role="status">{t("needs:lifted")}</p>}
      </div>
    </div>
  );
}

interface Held {
  party: string;
  rung: string;
  received_ms: number;
  answered_ms: number;
  read_ms: number;
}

function Receipt({ party, standings }: { party: string; standings: readonly Held[] }) {
  const held = standings.find((one) => one.party === party);
  const link = links.value.find((one) => one.peer === party);
  const has = held !== undefined && held.received_ms >= 0;
  const observer = rules.value.observers.has(party);
  const at = held ? Math.max(held.received_ms, held.read_ms, held.answered_ms) : -1;
  return (
    <li class={has || observer ? "has" : "has-not"}>
      <span aria-hidden="true">{has ? "✓" : observer ? "·" : "…"}</span> <b dir="auto">{party}</b>{" "}
      {observer ? (
        t(link && link.pending > 0 ? "needs:observer_waits" : "needs:observer_has")
      ) : has ? (
        <>
          {word("codes", held.rung)} <bdi dir="ltr">{zuluTime(at)}</bdi>
        </>
      ) : (
        t("needs:no_receipt")
      )}
      {link && !link.up && <strong class="down">{t("needs:link_is_down", { party })}</strong>}
    </li>
  );
}
