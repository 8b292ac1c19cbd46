// Who somebody is, as the directory has it: names, offices, languages, how he is reached.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { t } from "../i18n";
import { Dialog, Empty, Marking, Refusal } from "../ui/parts";
import { languageName } from "./book";
import type { Paper } from "./logic";
import { myLanguage } from "./store";

/** A ref of the directory, or a name as it was said; "": shut. */
const shown = signal("");
export const openPerson = (person: string): void => void (shown.value = person);

interface Name {
  text: string;
  language: string;
  source: string;
}

interface Office {
  title: string;
  organisation: string;
  party: string;
  since: { said: string } | null;
  until: { said: string } | null;
}

interface PersonContent {
  names: Name[];
  offices: Office[];
  languages: string[];
  contacts: string[];
  remark: string;
}

interface Entry {
  paper: Paper;
  mixed: string[];
}

interface Found {
  entries: Entry[];
  /** Found by a name that is like it: whether it is he, a person decides. */
  guessed: boolean;
}

const LIKE = 85;

async function lookUp(person: string): Promise<Found> {
  const entry = (ref: string) => get<Entry>(`/v1/directory/${encodeURIComponent(ref)}`);
  if (person.startsWith("person:")) return { entries: [await entry(person)], guessed: false };
  const { persons } = await get<{ persons: { stands_for: string; score: number }[] }>(
    "/v1/directory",
    { name: person, limit: 5 },
  );
  const refs = [...new Set(persons.filter((one) => one.score >= LIKE).map((p) => p.stands_for))];
  return { entries: await Promise.all(refs.map(entry)), guessed: true };
}

export function PersonCard() {
  return shown.value ? <Card key={shown.value} person={shown.value} /> : null;
}

function Card({ person }: { person: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    lookUp(person).then(setFound, setError);
  }, [person]);
  return (
    <Dialog title={t("hotline:person_card")} onClose={() => openPerson("")}>
      <div class="person-card stack">
        <p>
          {t("hotline:person_asked")} <bdi>{person}</bdi>
        </p>
        <Refusal error={error} />
        {!found && !error && <p class="told">{t("app:loading")}</p>}
        {found?.entries.length === 0 && <Empty>{t("hotline:person_unknown")}</Empty>}
        {found?.guessed && found.entries.length > 0 && (
          <p class="told">{t("hotline:person_guessed")}</p>
        )}
        {found?.entries.map((one) => (
          <Person key={one.paper.ref} entry={one} />
        ))}
      </div>
    </Dialog>
  );
}

function Person({ entry }: { entry: Entry }) {
  const said = entry.paper.content as unknown as PersonContent;
  return (
    <article class="person stack">
      <header class="row">
        {said.names.map((one) => (
          <strong key={one.text} lang={one.language}>
            <bdi>{one.text}</bdi>
          </strong>
        ))}
        <code dir="ltr">{entry.paper.ref}</code>
        <Marking marking={entry.paper.marking.banner} />
      </header>
      {entry.mixed.length > 0 && (
        <p class="wrong">{t("hotline:person_mixed", { words: entry.mixed.join(", ") })}</p>
      )}
      <ul>
        {said.offices.map((one, n) => (
          <li key={n}>
            <bdi>{one.title}</bdi>, <bdi>{one.organisation}</bdi> <bdi>{one.party}</bdi>{" "}
            <small>
              <bdi>{one.since?.said}</bdi> – <bdi>{one.until?.said ?? ""}</bdi>
            </small>
          </li>
        ))}
      </ul>
      {said.languages.length > 0 && (
        <p>
          {t("hotline:person_languages")}{" "}
          {said.languages.map((one) => languageName(one, myLanguage())).join(", ")}
        </p>
      )}
      {said.contacts.length > 0 && (
        <p>
          {t("hotline:person_contacts")}{" "}
          {said.contacts.map((one) => (
            <bdi key={one} class="contact">
              {one}
            </bdi>
          ))}
        </p>
      )}
      {said.remark && (
        <p>
          <bdi>{said.remark}</bdi>
        </p>
      )}
      <p class="told">{t("hotline:person_source", { party: entry.paper.author })}</p>
    </article>
  );
}
