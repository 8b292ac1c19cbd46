// For administrators: who may log in, who sits here now, who did what.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, remove } from "../api/client";
import type { Act, PersonEntry, Shift } from "../api/types";
import { t, word } from "../i18n";
import { Button, Empty, Refusal, Time, Words } from "../ui/parts";
import { PersonDialog } from "./PersonDialog";

const people = signal<readonly PersonEntry[]>([]);
const shifts = signal<readonly Shift[]>([]);
const acts = signal<readonly Act[]>([]);
const next = signal<number | null>(null);
const error = signal<unknown>(null);
/** Undefined: no dialog; null: a new person. */
const edited = signal<PersonEntry | null | undefined>(undefined);

async function load(): Promise<void> {
  try {
    const [listed, sitting, done] = await Promise.all([
      get<{ people: PersonEntry[] }>("/v1/people"),
      get<{ sessions: Shift[] }>("/v1/sessions"),
      get<{ acts: Act[]; next: number | null }>("/v1/acts", { limit: 50 }),
    ]);
    people.value = listed.people;
    shifts.value = sitting.sessions;
    acts.value = done.acts;
    next.value = done.next;
    error.value = null;
  } catch (refused) {
    error.value = refused;
  }
}

async function older(): Promise<void> {
  try {
    const page = await get<{ acts: Act[]; next: number | null }>("/v1/acts", {
      limit: 50,
      after: next.peek(),
    });
    acts.value = [...acts.peek(), ...page.acts];
    next.value = page.next;
  } catch (refused) {
    error.value = refused;
  }
}

async function end(shift: Shift): Promise<void> {
  try {
    await remove(`/v1/sessions/${encodeURIComponent(shift.id)}`);
  } catch (refused) {
    error.value = refused;
  }
  await load();
}

export function PeopleRoom() {
  useEffect(() => void load(), []);
  return (
    <div class="stack people">
      <header class="row">
        <h2>{t("people:title")}</h2>
        <Button tone="main" onClick={() => (edited.value = null)}>
          {t("people:add")}
        </Button>
      </header>
      <Refusal error={error.value} />
      <Everybody />
      <Sitting />
      <Done />
      {edited.value !== undefined && (
        <PersonDialog
          person={edited.value}
          onDone={() => {
            edited.value = undefined;
            void load();
          }}
        />
      )}
    </div>
  );
}

function Everybody() {
  return (
    <table>
      <caption class="visually-hidden">{t("people:title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("people:name")}</th>
          <th scope="col">{t("people:roles")}</th>
          <th scope="col">{t("people:duties")}</th>
          <th scope="col">
            <span class="visually-hidden">{t("people:change")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {people.value.map((one) => (
          <tr key={one.id} class={one.enabled ? "" : "off"}>
            <td>
              <Words text={one.name} />
              <code dir="ltr"> {one.id}</code>
              {!one.enabled && <small> {t("people:disabled")}</small>}
            </td>
            <td>{one.roles.map((role) => word("codes", role)).join(", ")}</td>
            <td dir="ltr">{one.duties.join(", ")}</td>
            <td>
              <Button onClick={() => (edited.value = one)}>{t("people:change")}</Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sitting() {
  return (
    <section class="stack">
      <h3>{t("people:sessions")}</h3>
      {shifts.value.map((shift) => (
        <div key={shift.id} class="row">
          <code dir="ltr">{shift.person}</code>
          <span dir="ltr">{shift.duty}</span>
          <span>
            {t("people:until")} <Time ms={shift.ends_ms} />
          </span>
          <Button onClick={() => void end(shift)}>{t("people:end")}</Button>
        </div>
      ))}
      {shifts.value.length === 0 && <Empty>{t("app:nothing")}</Empty>}
    </section>
  );
}

function Done() {
  return (
    <section class="stack">
      <h3>{t("people:acts")}</h3>
      <ol class="acts">
        {acts.value.map((act) => (
          <li key={act.seq}>
            <Time ms={act.at_ms} full /> <Words text={act.name} />{" "}
            <code dir="ltr">
              {act.method} {act.path} {act.status}
            </code>
          </li>
        ))}
      </ol>
      {next.value !== null && <Button onClick={() => void older()}>{t("app:more")}</Button>}
    </section>
  );
}
