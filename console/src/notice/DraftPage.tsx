// One draft as its second person sees it: words, what is found now and was then, and what he may do.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Problem } from "../api/client";
import type { Finding, Waiting } from "../api/types";
import { t, word } from "../i18n";
import { Content } from "../item/Content";
import type { Item } from "../api/types";
import { doneBefore } from "../needs/acts";
import { health, onEvent } from "../state/live";
import { open } from "../state/url";
import { useKeys } from "../ui/keys";
import { Button, Dialog, Empty, Field, Refusal, Time, Words } from "../ui/parts";
import { Found } from "./Check";
import { giveBack, readDraft, release, released, withdraw } from "./drafts";
import { layDraft } from "./laying";
import { Sheets } from "./Sheets";
import { reopen } from "./state";

export function DraftPage({ id }: { id: string }) {
  const draft = useSignal<Waiting | null>(null);
  const failed = useSignal<unknown>(null);
  /** Found at the moment of releasing, and not seen before. */
  const news = useSignal<readonly Finding[]>([]);
  const first = useSignal<{ text: string; ref: string } | null>(null);
  const look = async () => {
    try {
      draft.value = await readDraft(id);
      failed.value = null;
    } catch (error) {
      failed.value = error;
    }
  };
  useEffect(() => {
    void look();
    return onEvent((event) => {
      const mine = (event.data as { id?: unknown }).id === id;
      if (mine || (event.kind === "item" && draft.peek()?.state === "waiting")) void look();
    });
  }, []);
  const shown = draft.value;
  const page = useRef<HTMLElement>(null);
  useEffect(() => page.current?.focus(), [shown === null]);
  useEffect(() => (shown ? layDraft(shown) : undefined), [shown?.revision]);
  if (!shown)
    return failed.value ? <Refusal error={failed.value} /> : <Empty>{t("app:loading")}</Empty>;
  return (
    <article class="draft-page stack" ref={page} tabIndex={-1}>
      <Head draft={shown} />
      {first.value && <First told={first.value} />}
      <Acts draft={shown} first={first} news={news} again={look} failed={failed} />
      <Refusal error={failed.value} />
      <Findings draft={shown} news={news.value} />
      <Said draft={shown} />
      <History draft={shown} />
    </article>
  );
}

function Head({ draft }: { draft: Waiting }) {
  return (
    <header class="stack">
      <h2>
        {word("codes", draft.kind === "amendment" ? "draft" : draft.kind)}{" "}
        <bdi dir="ltr">#{draft.number}</bdi>{" "}
        <span class={`state ${draft.state}`}>{t(`notice:state_${draft.state}`)}</span>
        {draft.exercise && <span class="tag exercise">{t("app:exercise")}</span>}
      </h2>
      <Words as="p" text={draft.text} />
      <p>
        {t("notice:by_role", { who: draft.author.name, role: draft.author.role })}{" "}
        <Time ms={draft.made_ms} full zones={Object.values(health.value?.zones ?? {})} />
        {draft.revision > 1 && ` · ${t("notice:revision", { n: draft.revision })}`}
      </p>
      <p>
        {t("notice:to")}: <bdi dir="auto">{draft.to.join(", ")}</bdi>
        {draft.item && ` · ${t("notice:amends", { item: draft.item })}`}
      </p>
    </header>
  );
}

/** Who comes second is told what the first did. */
function First({ told }: { told: { text: string; ref: string } }) {
  return (
    <p class="refusal first" role="alert">
      {told.text}{" "}
      {told.ref && (
        <Button onClick={() => open("item", { item: told.ref })}>{t("notice:show_it")}</Button>
      )}
    </p>
  );
}

type Cell<T> = { value: T };

function Acts(props: {
  draft: Waiting;
  first: Cell<{ text: string; ref: string } | null>;
  news: Cell<readonly Finding[]>;
  failed: Cell<unknown>;
  again: () => Promise<void>;
}) {
  const { draft, first, news, failed, again } = props;
  const busy = useSignal(false);
  const asked = useSignal(false);
  const sheet = useSignal(false);
  const may = new Set<string>(draft.may);
  const during = async (act: () => Promise<void>) => {
    if (busy.peek()) return;
    busy.value = true;
    failed.value = null;
    try {
      await act();
    } catch (error) {
      if (error instanceof Problem && error.code === "done-before") {
        first.value = { text: doneBefore(error), ref: String(error.body["ref"] ?? "") };
        await again();
      } else failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  const send = () =>
    during(async () => {
      const outcome = await release(draft, [...draft.findings, ...news.value]);
      if ("out" in outcome) return released(outcome.out);
      if ("first" in outcome) first.value = { text: outcome.first, ref: outcome.ref };
      else news.value = outcome.changed;
      await again();
    });
  const edit = () => {
    reopen(draft);
    open("notice", draft.item ? { amend: draft.item } : {});
  };
  useKeys(t("notice:draft"), [
    { key: "p", says: t("notice:paper"), run: () => (sheet.value = true) },
  ]);
  return (
    <>
      {news.value.length > 0 && (
        <p class="refusal" role="alert">
          {t("notice:look_again", { count: news.value.length })}
        </p>
      )}
      <div class="row send">
        {may.has("release") && (
          <button
            type="button"
            class="button main release"
            disabled={busy.value}
            onClick={() => void send()}
          >
            {t(news.value.length > 0 ? "notice:release_again" : "notice:release")}
          </button>
        )}
        {may.has("return") && (
          <Button onClick={() => (asked.value = true)}>{t("notice:give_back")}</Button>
        )}
        {may.has("replace") && draft.draft && <Button onClick={edit}>{t("notice:edit")}</Button>}
        {draft.state === "returned" && draft.draft && (
          <Button tone="main" onClick={edit}>
            {t("notice:edit")}
          </Button>
        )}
        {may.has("withdraw") && (
          <Button
            onClick={() =>
              void during(async () => {
                await withdraw(draft);
                await again();
              })
            }
          >
            {t("notice:withdraw")}
          </Button>
        )}
        {draft.draft && (
          <Button hotkey="p" onClick={() => (sheet.value = true)}>
            {t("notice:paper")}
          </Button>
        )}
        {draft.result && (
          <Button tone="main" onClick={() => open("item", { item: draft.result?.ref ?? "" })}>
            {t("notice:ladder", { ref: draft.result.ref })}
          </Button>
        )}
      </div>
      {draft.state === "waiting" && !may.has("release") && (
        <p class="told">{t(may.has("replace") ? "notice:not_your_own" : "notice:no_releaser")}</p>
      )}
      {asked.value && (
        <GiveBack
          onClose={() => (asked.value = false)}
          onSend={(text) =>
            void during(async () => {
              await giveBack(draft, text);
              asked.value = false;
              await again();
            })
          }
        />
      )}
      {sheet.value && (
        <Sheets
          source={draft.result ? { ref: draft.result.ref } : { id: draft.id }}
          to={draft.to}
          onClose={() => (sheet.value = false)}
        />
      )}
    </>
  );
}

function GiveBack({ onClose, onSend }: { onClose: () => void; onSend: (text: string) => void }) {
  const text = useSignal("");
  const wrong = useSignal(false);
  return (
    <Dialog title={t("notice:give_back")} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.value.trim()) onSend(text.value.trim());
          else wrong.value = true;
        }}
      >
        <Field
          label={t("notice:what_is_wrong")}
          {...(wrong.value ? { wrong: t("notice:say_what") } : {})}
        >
          {(ids) => (
            <input
              {...ids}
              autofocus
              name="reason"
              dir="auto"
              maxLength={2000}
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Button type="submit" tone="main" hotkey="Enter">
          {t("notice:give_back")}
        </Button>
      </form>
    </Dialog>
  );
}

/** Found now, with what has come since it was proposed; and what is over since then. */
function Findings({ draft, news }: { draft: Waiting; news: readonly Finding[] }) {
  if (draft.state !== "waiting" || !draft.draft) return null;
  const then = new Set(draft.seen.map((one) => one.key));
  const now = [
    ...draft.findings,
    ...news.filter((one) => !draft.findings.some((f) => f.key === one.key)),
  ];
  const fresh = new Set(now.map((one) => one.key).filter((key) => !then.has(key)));
  const gone = [...then].filter((key) => !now.some((one) => one.key === key)).length;
  const lead = now.find((one) => one.kind === "lead-time");
  return (
    <section class="check" aria-label={t("notice:found_now")}>
      <h3>{t("notice:found_now")}</h3>
      <p class="told">{t("notice:since", { fresh: fresh.size, gone })}</p>
      {lead && <Words as="p" text={lead.text} />}
      <Found findings={now} fresh={fresh} />
    </section>
  );
}

/** The words as the node read them. */
function Said({ draft }: { draft: Waiting }) {
  const { content } = draft;
  if (!content)
    return draft.form ? (
      <pre class="words" dir="auto">
        {JSON.stringify(draft.form, null, 2)}
      </pre>
    ) : null;
  const { read_back } = content;
  return (
    <>
      <Content item={{ ref: "", kind: "notice", author: "", content } as unknown as Item} />
      <section aria-label={t("notice:read_back_values")}>
        <h3>{t("notice:read_back_values")}</h3>
        <p class="mono echo" dir="ltr">
          8 {read_back.start} – {read_back.end} · 7 {read_back.floor_m}–{read_back.ceiling_m} m
          WGS-84{read_back.place && ` · 5 ${read_back.place}`}
        </p>
      </section>
    </>
  );
}

function History({ draft }: { draft: Waiting }) {
  return (
    <ol class="deeds">
      {draft.history.map((one, n) => (
        <li key={n}>
          <Time ms={one.at_ms} /> <bdi dir="auto">{one.who.name}</bdi>{" "}
          <bdi dir="ltr">({one.who.role})</bdi>:{" "}
          {t(`notice:did_${one.did}` as "notice:did_proposed")}
          {one.text && <Words as="p" text={one.text} />}
        </li>
      ))}
    </ol>
  );
}
