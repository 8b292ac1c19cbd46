// What we may answer to an item of another party, by touch; the keys of the list do the same.
import type { Item } from "../api/types";
import { t, word } from "../i18n";
import { may, session } from "../state/session";
import { Button, Countdown } from "../ui/parts";
import { asking, busy, climb, firsts } from "../needs/acts";
import { owes, readBackFirst } from "../needs/model";
import { chosen, rules } from "../needs/store";

export function Answers({ item }: { item: Item }) {
  const party = session.value?.party ?? "";
  const ours = item.standings.find((one) => one.party === party);
  if (!ours || item.author === party || item.closed) return null;
  const owed = owes(ours, item, rules.value);
  const first = firsts.value.get(item.ref);
  // The keys act on the row that is chosen: they are shown here only while it is this one.
  const key = (name: string) => (chosen.value === item.ref ? { hotkey: name } : {});
  const waiting = busy.value.has(item.ref);
  const accept = () => {
    if (readBackFirst(item, party, rules.peek()))
      asking.value = { what: "read-back", ref: item.ref, then: "accepted" };
    else void climb(item.ref, "accepted");
  };
  return (
    <section class="answers" aria-label={t("item:answer")}>
      <p>
        {owed ? (
          <>
            {t("item:we_owe", { rung: word("codes", `owes-${owed.rung}`) })}{" "}
            <Countdown ms={owed.due_ms} label={t("needs:time_left")} />
          </>
        ) : (
          t("item:we_answered", { rung: word("codes", ours.rung) })
        )}
      </p>
      {first && (
        <p class="line first" dir="auto">
          {first}
        </p>
      )}
      {may("answer") && (
        <div class="row">
          {ours.rung === "received" && (
            <Button disabled={waiting} onClick={() => void climb(item.ref, "read")}>
              {t("item:mark_read")}
            </Button>
          )}
          {item.kind === "notice" && (
            <Button
              {...key("r")}
              disabled={waiting}
              onClick={() => (asking.value = { what: "read-back", ref: item.ref })}
            >
              {t("needs:read_back")}
            </Button>
          )}
          <Button tone="main" {...key("c")} disabled={waiting} onClick={accept}>
            {t("needs:accept")}
          </Button>
          <Button
            {...key("o")}
            disabled={waiting}
            onClick={() => (asking.value = { what: "objected", ref: item.ref })}
          >
            {t("needs:object")}
          </Button>
          <Button
            {...key("u")}
            disabled={waiting}
            onClick={() => (asking.value = { what: "unable", ref: item.ref })}
          >
            {t("needs:unable")}
          </Button>
        </div>
      )}
    </section>
  );
}
