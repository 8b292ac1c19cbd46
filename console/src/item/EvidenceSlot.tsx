// Evidence of one item: the file that proves what was said of it, and the way to verify one.
import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { exported, ForParty } from "../incident/Export";
import { open } from "../state/url";
import { Button, Refusal } from "../ui/parts";
import { number } from "../ui/time";

export function EvidenceSlot({ subject }: { subject: string }) {
  const whom = useSignal("");
  const busy = useSignal(false);
  const done = useSignal("");
  const error = useSignal<unknown>(null);
  const make = async () => {
    if (busy.peek()) return;
    busy.value = true;
    error.value = null;
    done.value = "";
    try {
      const bytes = await exported({ refs: [subject], for_party: whom.peek() }, subject);
      done.value = t("incident:exported", { bytes: number(bytes) });
    } catch (refused) {
      error.value = refused;
    } finally {
      busy.value = false;
    }
  };
  return (
    <details class="evidence-slot">
      <summary>{t("incident:evidence_of_item")}</summary>
      <div class="stack">
        <ForParty value={whom.value} onPick={(party) => (whom.value = party)} />
        <p class="row">
          <Button disabled={busy.value} onClick={() => void make()}>
            {busy.value ? t("incident:making") : t("incident:export_make")}
          </Button>
          <Button tone="quiet" onClick={() => open("incident")}>
            {t("incident:to_verify")}
          </Button>
          <span role="status">{done.value}</span>
        </p>
        <Refusal error={error.value} />
      </div>
    </details>
  );
}
