// A notice from a drawing to its release: the form, the live check, and drafts that wait.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { drawing } from "../map/contract";
import { may, session } from "../state/session";
import { param, set } from "../state/url";
import { useKeys } from "../ui/keys";
import { Button, Empty, Refusal } from "../ui/parts";
import { Check } from "./Check";
import { DraftPage } from "./DraftPage";
import { startChecking } from "./checking";
import { followDrafts, waiting } from "./drafts";
import { Form } from "./Form";
import { layForm } from "./laying";
import { newNotice } from "./starting";
import { amend, claim, followClass, stopDrawing, words } from "./state";
import { WaitingList } from "./WaitingList";

const draftParam = param("draft");
const listParam = param("list");
const amendParam = param("amend");

export function NoticeRoom() {
  useEffect(followDrafts, []);
  const id = draftParam.value;
  const listed = listParam.value !== "" || !may("draft");
  useKeys(
    t("notice:title"),
    [
      {
        key: "Escape",
        says: t("notice:key_stop"),
        run: stopDrawing,
        always: drawing.value !== null,
      },
      { key: "w", says: t("notice:key_waiting"), run: () => set({ list: "1", draft: null }) },
      ...(may("draft") ? [{ key: "d", says: t("notice:key_draw"), run: newNotice }] : []),
    ],
    [session.value?.person, drawing.value !== null],
  );
  return (
    <div class="notice stack">
      <nav class="row notice-tabs" aria-label={t("notice:parts")}>
        {may("draft") && (
          <Button
            tone={!id && !listed ? "main" : "quiet"}
            aria-pressed={!id && !listed}
            onClick={() => set({ list: null, draft: null }, false)}
          >
            {words.value.item
              ? t("notice:amending", { item: words.value.item })
              : t("notice:write")}
          </Button>
        )}
        <Button
          tone={listed || id ? "main" : "quiet"}
          aria-pressed={listed || id !== ""}
          hotkey="w"
          onClick={() => set({ list: "1", draft: null }, false)}
        >
          {t("notice:waiting", { count: waiting.value.length })}
        </Button>
      </nav>
      {id ? <DraftPage key={id} id={id} /> : listed ? <WaitingList /> : <Writing />}
    </div>
  );
}

function Writing() {
  const failed = useSignal<unknown>(null);
  const item = amendParam.value;
  useEffect(() => {
    claim();
    const ends = [followClass(), startChecking(), layForm(), stopDrawing];
    return () => ends.forEach((end) => end());
  }, []);
  useEffect(() => {
    if (!item) return undefined;
    const asked = new AbortController();
    failed.value = null;
    amend(item, asked.signal).catch((error: unknown) => {
      if (!asked.signal.aborted) failed.value = error;
    });
    return () => asked.abort();
  }, [item]);
  if (!may("draft")) return <Empty>{t("notice:may_not")}</Empty>;
  return (
    <>
      <Refusal error={failed.value} />
      <Form />
      <Check />
    </>
  );
}
