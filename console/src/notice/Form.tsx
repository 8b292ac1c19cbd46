// The form, numbered as the paper form is, in the order in which an officer thinks.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ask, post, Problem } from "../api/client";
import type { Waiting } from "../api/types";
import { t } from "../i18n";
import { drawing } from "../map/contract";
import { tell } from "../needs/telling";
import { session } from "../state/session";
import { open } from "../state/url";
import { Button, Refusal } from "../ui/parts";
import { addressed, checked } from "./checking";
import { Summary } from "./Check";
import { ClassChoice } from "./ClassChoice";
import { release, released } from "./drafts";
import { Heights } from "./Heights";
import { Addressed } from "./Addressed";
import { Sheets } from "./Sheets";
import {
  addressees,
  before,
  begin,
  collection,
  read,
  ready,
  replacing,
  touched,
  words,
} from "./state";
import { Where } from "./Where";
import { Window } from "./Window";
import { changesOf } from "./words";

/** One numbered part of it. */
export function Part(props: { number: string; title: string; children: ComponentChildren }) {
  return (
    <fieldset class="part">
      <legend>
        <span class="number" aria-hidden="true">
          {props.number}
        </span>
        {props.title}
      </legend>
      {props.children}
    </fieldset>
  );
}

export function Form() {
  const tried = useSignal(false);
  const busy = useSignal(false);
  const refused = useSignal<unknown>(null);
  const sheet = useSignal(false);
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => {
      if (touched.peek()) event.preventDefault();
    };
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (drawing.peek() !== null || busy.peek()) return;
    tried.value = true;
    if (!ready.peek()) {
      document.querySelector<HTMLElement>(".notice-form .wrong :is(input, textarea)")?.focus();
      return;
    }
    busy.value = true;
    refused.value = null;
    try {
      await send();
      tried.value = false;
    } catch (error) {
      refused.value = error;
    } finally {
      busy.value = false;
    }
  };
  const lacking = tried.value ? read.value.lacking : [];
  return (
    <form class="notice-form stack" noValidate onSubmit={(event) => void submit(event)}>
      <Changes />
      <Where wrong={lacking} />
      <Heights wrong={lacking} />
      <Window wrong={lacking} />
      <ClassChoice wrong={lacking} />
      <Addressed wrong={lacking} />
      {tried.value && !ready.value && (
        <p class="refusal" role="alert">
          {t("notice:lacking", { count: read.value.lacking.length })}
        </p>
      )}
      <Refusal error={refused.value} />
      <div class="row send">
        <Summary />
        <Button type="submit" tone="main" hotkey="Enter" disabled={busy.value}>
          {t(session.value?.two_persons ? "notice:propose" : "notice:release")}
        </Button>
        <Button disabled={!ready.value} onClick={() => (sheet.value = true)}>
          {t("notice:paper")}
        </Button>
        <Button tone="quiet" onClick={() => (begin(), open("notice"))}>
          {t("notice:clear")}
        </Button>
      </div>
      <p class="told">
        {t(session.value?.two_persons ? "notice:second_person" : "notice:one_person")}{" "}
        {t("notice:in_memory")}
      </p>
      {sheet.value && (
        <Sheets
          source={{ draft: true }}
          to={addressees.value}
          onClose={() => (sheet.value = false)}
        />
      )}
    </form>
  );
}

/** What differs from the words in force. */
function Changes() {
  const old = before.value;
  const now = collection.value;
  if (!old) return null;
  const changed = now ? changesOf(old.draft, now) : [];
  return (
    <p class="changes" role="status">
      {changed.length === 0
        ? t("notice:unchanged", { item: old.item.item, version: old.item.content_version })
        : t("notice:changes", {
            item: old.item.item,
            version: old.item.content_version,
            what: [...new Set(changed.map(nameOf))].join(", "),
          })}
    </p>
  );
}

const nameOf = (name: string): string => {
  if (/^(geometry|.*radius_m|half_width_m|margin_m|use)$/.test(name)) return t("notice:area");
  if (/_m$/.test(name)) return t("notice:heights");
  if (name === "start" || name === "end") return t("notice:times");
  if (name === "class") return t("notice:class");
  return name === "place" ? t("notice:place") : t("notice:words");
};

/** Proposes it; where one person is enough, releases it at once. */
async function send(): Promise<void> {
  const body = collection.peek();
  if (body === null) return;
  const old = replacing.peek();
  const query = { ...addressed(), kind: words.peek().item ? "amendment" : "notice" };
  const path = old ? `/v1/drafts/${old.id}/replace` : "/v1/drafts";
  const draft = await (old
    ? replace(path, body, { ...query, kind: undefined, item: undefined, revision: old.revision })
    : post<Waiting>(path, body, query));
  if (session.peek()?.two_persons) {
    begin();
    tell(t("notice:proposed", { number: draft.number }));
    open("notice", { draft: draft.id });
    return;
  }
  const outcome = await release(draft, checked.peek()?.view.findings ?? draft.findings);
  begin();
  if ("out" in outcome) released(outcome.out);
  else open("notice", { draft: draft.id });
}

async function replace(
  path: string,
  body: unknown,
  query: Record<string, string | number | boolean | readonly string[] | undefined>,
): Promise<Waiting> {
  try {
    return (await (await ask("POST", path, { body, query })).json()) as Waiting;
  } catch (error) {
    if (error instanceof Problem && error.code === "done-before") replacing.value = null;
    throw error;
  }
}
