// The next steps of our own item: activate, all-clear, cancel; new words lead to the notice room.
import { useSignal } from "@preact/signals";
import { post } from "../api/client";
import type { Item, Posted } from "../api/types";
import { t } from "../i18n";
import { may, session } from "../state/session";
import { open } from "../state/url";
import { Button, Dialog, Field, Refusal } from "../ui/parts";
import { keep, told } from "../needs/acts";
import { tell } from "../needs/telling";
import { Problem } from "../api/client";

type Step = "activate" | "all-clear" | "cancel";

const SAYS = {
  activate: { name: "item:step_activate", sure: "item:sure_activate" },
  "all-clear": { name: "item:step_all_clear", sure: "item:sure_all_clear" },
  cancel: { name: "item:step_cancel", sure: "item:sure_cancel" },
} as const;

const NOTICE: Readonly<Record<string, readonly Step[]>> = {
  released: ["activate", "cancel"],
  notified: ["activate", "cancel"],
  acknowledged: ["activate", "cancel"],
  active: ["all-clear"],
  "after-the-fact": ["all-clear"],
};

const stepsOf = (item: Item): readonly Step[] =>
  item.kind === "notice"
    ? (NOTICE[item.state] ?? [])
    : item.state === "raised"
      ? ["all-clear"]
      : [];

export function Steps({ item }: { item: Item }) {
  const asked = useSignal<Step | null>(null);
  const ours = item.author === session.value?.party;
  if (!ours || item.closed || !may("answer")) return null;
  return (
    <section class="steps row" aria-label={t("item:steps")}>
      {stepsOf(item).map((one) => (
        <Button
          key={one}
          tone={one === "cancel" ? "plain" : "main"}
          onClick={() => (asked.value = one)}
        >
          {t(SAYS[one].name)}
        </Button>
      ))}
      {item.kind === "notice" && may("draft") && (
        <Button onClick={() => open("notice", { amend: item.item })}>{t("item:amend")}</Button>
      )}
      {asked.value && <Sure item={item} step={asked.value} onClose={() => (asked.value = null)} />}
    </section>
  );
}

function Sure({ item, step, onClose }: { item: Item; step: Step; onClose: () => void }) {
  const text = useSignal("");
  const busy = useSignal(false);
  const refused = useSignal<unknown>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    try {
      const done = await post<Posted>(`/v1/items/${encodeURIComponent(item.ref)}/steps`, {
        step,
        role: session.peek()?.duty ?? "",
        text: text.value.trim(),
        seen_version: item.version,
      });
      if (done.item) keep(done.item);
      tell(t("item:step_done", { ref: item.item }));
      onClose();
    } catch (error) {
      if (error instanceof Problem && error.code === "done-before") {
        told(item.ref, error);
        onClose();
      } else refused.value = error;
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog title={`${t(SAYS[step].name)}: ${item.item}`} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void send(event)}>
        <p>{t(SAYS[step].sure)}</p>
        <Field label={t("needs:words_optional")}>
          {(ids) => (
            <input
              {...ids}
              autofocus
              dir="auto"
              maxLength={2000}
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Refusal error={refused.value} />
        <div class="row">
          <Button type="submit" tone="main" hotkey="Enter" disabled={busy.value}>
            {t(SAYS[step].name)}
          </Button>
          <Button tone="quiet" hotkey="Escape" onClick={onClose}>
            {t("app:cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
