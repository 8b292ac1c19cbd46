// A claim, an objection or a report of an incident, written at the console.
import { signal, useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../api/client";
import type { Posted } from "../api/types";
import { t } from "../i18n";
import { drawing } from "../map/contract";
import { nowMs } from "../state/clock";
import { agreement } from "../state/live";
import { session } from "../state/session";
import { Button, Field, Refusal } from "../ui/parts";
import { zulu } from "../ui/time";
import { place, readPlace } from "./model";
import { incident, listed, load, loadIncidents, timeline } from "./store";
import { instantMs, whole } from "./typed";
import { nameOf, told } from "./words";

interface Saying {
  kind: "claim" | "objection" | "report";
  to?: string;
}

/** What is being written; null: nothing. It stands beside the map, so that a place can be picked. */
export const saying = signal<Saying | null>(null);

export function Say() {
  const form = saying.value;
  useEffect(
    () => () => {
      saying.value = null;
    },
    [],
  );
  if (!form) return null;
  const forms = { claim: ClaimForm, objection: ObjectionForm, report: ReportForm };
  const Form = forms[form.kind];
  return <Form key={`${form.kind} ${form.to ?? ""}`} to={form.to ?? ""} />;
}

type Words = Signal<string>;

/** Under the duty role of this shift, to all others. */
const said = (kind: string, body: unknown): Promise<Posted> =>
  post<Posted>(`/v1/papers/${kind}`, body, { role: session.peek()?.duty ?? "" });

function Line(props: {
  label: string;
  text: Words;
  hint?: string;
  required?: boolean;
  rows?: number;
  ltr?: boolean;
  list?: string;
}) {
  const { label, text, hint, required = false, rows, ltr } = props;
  const direction = ltr ? ("ltr" as const) : ("auto" as const);
  const onInput = (event: { currentTarget: { value: string } }) =>
    (text.value = event.currentTarget.value);
  return (
    <Field label={label} {...(hint ? { hint } : {})}>
      {(ids) =>
        rows ? (
          <textarea {...ids} dir={direction} {...{ rows, required, onInput }} value={text.value} />
        ) : (
          <input
            {...ids}
            type="text"
            dir={direction}
            {...{ required, onInput }}
            {...(props.list ? { list: props.list } : {})}
            value={text.value}
          />
        )
      }
    </Field>
  );
}

function Written(props: {
  title: string;
  says: string;
  send: () => Promise<Posted>;
  children: preact.ComponentChildren;
}) {
  const busy = useSignal(false);
  const error = useSignal<unknown>(null);
  const sent = useSignal("");
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.peek() || sent.peek()) return;
    busy.value = true;
    error.value = null;
    try {
      sent.value = (await props.send()).ref;
      void (incident.peek() ? load(incident.peek()) : loadIncidents());
    } catch (refused) {
      error.value = refused;
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="stack say" aria-label={props.title} onSubmit={(event) => void submit(event)}>
      <h3>{props.title}</h3>
      <p class="dim">{props.says}</p>
      {!sent.value && props.children}
      {sent.value && (
        <p role="status">
          {t("incident:said_as")} <bdi dir="ltr">{sent.value}</bdi>
        </p>
      )}
      <Refusal error={error.value} />
      <p class="row">
        {!sent.value && (
          <Button type="submit" tone="main" disabled={busy.value}>
            {t("incident:sign_and_send")}
          </Button>
        )}
        <Button onClick={() => (saying.value = null)}>
          {sent.value ? t("app:close") : t("app:cancel")}
        </Button>
      </p>
    </form>
  );
}

const meant = (from_ms: number, until_ms = from_ms) => ({
  said:
    from_ms === until_ms ? zulu(from_ms, true) : `${zulu(from_ms, true)} - ${zulu(until_ms, true)}`,
  from_ms,
  until_ms,
  inferred: [],
});

function ClaimForm() {
  const topic = useSignal("");
  const aspect = useSignal("act");
  const text = useSignal("");
  const source = useSignal("");
  const medium = useSignal(t("incident:medium_here"));
  const when = useSignal("");
  const sure = useSignal("");
  const where = useSignal("");
  const around = useSignal("");
  const [least, most] = [useSignal(""), useSignal("")];
  const unit = useSignal("");
  const answer = useSignal("");
  const own = session.value?.party ?? "";
  const send = () => {
    const at = when.peek().trim() ? instantMs(when.peek()) : null;
    const minutes = whole(sure.peek(), t("incident:sure")) ?? 0;
    const spot = where.peek().trim() ? readPlace(where.peek()) : null;
    if (where.peek().trim() && !spot) throw new Error(t("incident:place_unread"));
    return said("claim", {
      content: {
        incident: incident.peek(),
        topic: topic.peek().trim(),
        aspect: aspect.peek(),
        claimant: own,
        text: text.peek(),
        source: { medium: medium.peek(), citation: source.peek(), said: meant(nowMs()) },
        happened: at === null ? null : meant(at - minutes * 60_000, at + minutes * 60_000),
        place: spot && {
          position: [Math.round(spot.lat * 1e7), Math.round(spot.lon * 1e7)],
          uncertainty_m: whole(around.peek(), t("incident:around")) ?? -1,
        },
        least: whole(least.peek(), t("incident:least")),
        most: whole(most.peek(), t("incident:most")),
        unit: unit.peek().trim(),
        answer: answer.peek().trim(),
      },
    });
  };
  const topics = [...new Set((listed.value?.entries ?? []).map((one) => one.topic))];
  return (
    <Written
      title={t("incident:new_claim")}
      says={t("incident:claim_says", {
        who: timeline.value ? nameOf(timeline.value, own) : own,
      })}
      send={async () => send()}
    >
      <datalist id="incident-topics">
        {topics.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <div class="row top">
        <Line
          label={t("incident:topic")}
          hint={t("incident:topic_hint")}
          text={topic}
          required
          ltr
          list="incident-topics"
        />
        <Field label={t("incident:aspect")}>
          {(ids) => (
            <select
              {...ids}
              value={aspect.value}
              onChange={(event) => (aspect.value = event.currentTarget.value)}
            >
              {["act", "cause", "blame"].map((one) => (
                <option key={one} value={one}>
                  {told("aspect", one)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Line label={t("incident:text")} text={text} rows={3} required />
      <div class="row top">
        <Line label={t("incident:medium")} text={medium} required />
        <Line label={t("incident:citation")} text={source} required />
      </div>
      <div class="row top">
        <Line label={t("incident:happened")} hint={t("incident:when_hint")} text={when} ltr />
        <Line label={t("incident:sure")} text={sure} ltr />
      </div>
      <div class="row top">
        <Line label={t("incident:place")} hint={t("incident:place_hint")} text={where} ltr />
        <Pick where={where} />
        <Line label={t("incident:around")} text={around} ltr />
      </div>
      <div class="row top">
        <Line label={t("incident:least")} text={least} ltr />
        <Line label={t("incident:most")} text={most} ltr />
        <Line label={t("incident:unit")} text={unit} ltr />
        <Line label={t("incident:answer")} hint={t("incident:answer_hint")} text={answer} ltr />
      </div>
    </Written>
  );
}

/** The next click on the map. */
function Pick({ where }: { where: Words }) {
  const asked = useSignal(false);
  const stop = () => {
    drawing.value = null;
    asked.value = false;
  };
  useEffect(
    () => () => {
      if (asked.peek()) drawing.value = null;
    },
    [],
  );
  const pick = () => {
    asked.value = true;
    drawing.value = {
      mode: "point",
      changed: () => undefined,
      done: (shape) => {
        if (shape?.geometry.type === "Point") where.value = place(shape.geometry.coordinates);
        stop();
      },
    };
  };
  return (
    <Button aria-pressed={asked.value} onClick={() => (asked.peek() ? stop() : pick())}>
      {asked.value ? t("incident:picking") : t("incident:pick")}
    </Button>
  );
}

const DAY_MS = 86_400_000;

function ObjectionForm({ to }: { to: string }) {
  const reason = useSignal("");
  const by = useSignal(new Date(nowMs() + DAY_MS).toISOString().replace(/:\d\d\.\d+Z$/, "Z"));
  const send = async () =>
    said("objection", {
      content: { to, reason: reason.peek(), reply_by_ms: instantMs(by.peek()), state: "open" },
    });
  return (
    <Written
      title={t("incident:object_to", { ref: to })}
      says={t("incident:objection_says")}
      send={send}
    >
      <Line label={t("incident:reason")} text={reason} rows={3} required />
      <Line label={t("incident:reply_by")} hint={t("incident:when_hint")} text={by} required ltr />
    </Written>
  );
}

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);

function ReportForm() {
  const title = useSignal("");
  const [from, until] = [useSignal(""), useSignal("")];
  const parties = useSignal<readonly string[]>(
    (agreement.peek()?.parties ?? []).filter((one) => !one.observer).map((one) => one.id),
  );
  const [involved, harm, actions, questions] = [
    useSignal(""),
    useSignal(""),
    useSignal(""),
    useSignal(""),
  ];
  const joins = useSignal("");
  const send = async () => {
    const began = instantMs(from.peek());
    const ended = until.peek().trim() ? instantMs(until.peek()) : began;
    return said("incident", {
      content: {
        title: title.peek(),
        state: "open",
        when: meant(began, ended),
        area: null,
        parties: [...parties.peek()].sort(),
        involved: lines(involved.peek()),
        harm: harm.peek(),
        actions: actions.peek(),
        questions: lines(questions.peek()),
        same_as: joins.peek().trim(),
      },
    });
  };
  return (
    <Written title={t("incident:new_report")} says={t("incident:report_says")} send={send}>
      <Line label={t("incident:report_title")} text={title} required />
      <div class="row top">
        <Line label={t("incident:from")} hint={t("incident:when_hint")} text={from} required ltr />
        <Line label={t("incident:until")} text={until} ltr />
      </div>
      <fieldset class="row">
        <legend>{t("incident:report_parties")}</legend>
        {(agreement.value?.parties ?? []).map((one) => (
          <label key={one.id} class="row">
            <input
              type="checkbox"
              checked={parties.value.includes(one.id)}
              onChange={(event) =>
                (parties.value = event.currentTarget.checked
                  ? [...parties.peek(), one.id]
                  : parties.peek().filter((id) => id !== one.id))
              }
            />
            <bdi>{one.name}</bdi>
          </label>
        ))}
      </fieldset>
      <Line
        label={t("incident:involved")}
        hint={t("incident:one_a_line")}
        text={involved}
        rows={2}
      />
      <Line label={t("incident:harm")} text={harm} rows={2} />
      <Line label={t("incident:actions")} text={actions} rows={2} />
      <Line
        label={t("incident:questions")}
        hint={t("incident:one_a_line")}
        text={questions}
        rows={2}
      />
      <Line label={t("incident:same_as")} hint={t("incident:same_as_hint")} text={joins} ltr />
    </Written>
  );
}
