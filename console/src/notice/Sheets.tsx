// For a counterpart who has only a telephone: what is read to him, in one to four languages beside
// one another, and the paper form; both for the printer, both by the node from the same words.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client";
import { language, LANGUAGES, t, type Language } from "../i18n";
import { useMarkings } from "../state/marking";
import { Button, Dialog, Empty, Refusal } from "../ui/parts";
import { CallNote } from "./CallNote";
import { addressed } from "./checking";
import { scriptOf, type Script } from "./sheet";
import { collection, zones } from "./state";

export type Source = { draft: true } | { id: string } | { ref: string };
type Form = "script" | "form";

const TONGUES = Object.keys(LANGUAGES) as Language[];
const RTL: readonly Language[] = ["he", "ar"];
/** The counterpart's, as it was chosen last. */
let theirs: Language | null = null;

async function fetched(source: Source, form: Form, lang: Language): Promise<string> {
  const query = { lang, tz: [...new Set(Object.values(zones.peek()))] };
  const { item, ...rest } = addressed();
  const answer =
    "draft" in source
      ? await ask("POST", `/v1/drafts/as/${form}`, {
          query: { ...query, ...rest, item },
          body: collection.peek(),
        })
      : await ask("GET", `${pathOf(source)}/${form}`, { query });
  return answer.text();
}

const pathOf = (source: { id: string } | { ref: string }): string =>
  "id" in source
    ? `/v1/drafts/${encodeURIComponent(source.id)}/as`
    : `/v1/items/${encodeURIComponent(source.ref)}/as`;

export function Sheets(props: { source: Source; to: readonly string[]; onClose: () => void }) {
  const { source } = props;
  const form = useSignal<Form>("script");
  const tongues = useSignal<readonly Language[]>([
    ...new Set([theirs ?? language.peek(), language.peek()]),
  ]);
  const texts = useSignal<readonly string[]>([]);
  const failed = useSignal<unknown>(null);
  useEffect(() => {
    let over = false;
    const wanted = form.value === "form" ? (["en"] as const) : tongues.value;
    Promise.all(wanted.map((one) => fetched(source, form.value, one))).then(
      (found) => {
        if (over) return;
        texts.value = found;
        failed.value = null;
      },
      (error: unknown) => {
        if (!over) failed.value = error;
      },
    );
    return () => {
      over = true;
    };
  }, [form.value, tongues.value.join()]);
  const toggle = (one: Language, on: boolean) => {
    const next = on
      ? [one, ...tongues.peek().filter((other) => other !== one)]
      : tongues.peek().filter((other) => other !== one);
    if (next.length === 0) return;
    theirs = next[0] ?? null;
    texts.value = [];
    tongues.value = next;
  };
  const scripts = form.value === "script" ? texts.value.map(scriptOf) : [];
  useMarkings([texts.value[0]?.split("\n")[0] ?? ""]);
  return (
    <Dialog title={t("notice:paper")} onClose={props.onClose}>
      <div class="row no-print" role="group" aria-label={t("notice:paper")}>
        {(["script", "form"] as const).map((one) => (
          <Button
            key={one}
            aria-pressed={form.value === one}
            onClick={() => {
              texts.value = [];
              form.value = one;
            }}
          >
            {t(one === "script" ? "notice:script" : "notice:form")}
          </Button>
        ))}
        {form.value === "script" &&
          TONGUES.map((one) => (
            <label key={one} class="row">
              <input
                type="checkbox"
                name="tongue"
                value={one}
                checked={tongues.value.includes(one)}
                onChange={(event) => toggle(one, event.currentTarget.checked)}
              />
              <span lang={one}>{LANGUAGES[one]}</span>
            </label>
          ))}
        <Button tone="main" disabled={texts.value.length === 0} onClick={() => print()}>
          {t("notice:print")}
        </Button>
        {"draft" in source ? null : (
          <a
            href={`${pathOf(source)}/${form.value}?html=true&lang=${tongues.value[0] ?? "en"}`}
            target="_blank"
            rel="noreferrer"
          >
            {t("notice:as_page")}
          </a>
        )}
      </div>
      <Refusal error={failed.value} />
      {texts.value.length === 0 && !failed.value && <Empty>{t("app:loading")}</Empty>}
      {form.value === "form" && texts.value[0] && (
        <pre class="notice-sheet" dir="ltr">
          {texts.value[0]}
        </pre>
      )}
      {scripts[0] && <ScriptSheet scripts={scripts} tongues={tongues.value} />}
      {"ref" in source && <CallNote subject={source.ref} to={props.to} />}
    </Dialog>
  );
}

function ScriptSheet(props: { scripts: readonly Script[]; tongues: readonly Language[] }) {
  const [first] = props.scripts;
  if (!first) return null;
  return (
    <div class="notice-sheet">
      <p class="mark" dir="ltr">
        {first.banner}
      </p>
      <h3 dir="ltr">{first.title}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("notice:number")}</th>
            {props.tongues.map((one) => (
              <th key={one} scope="col">
                {t("notice:say")} <span lang={one}>({LANGUAGES[one]})</span>
              </th>
            ))}
            <th scope="col">{t("notice:write_down")}</th>
            <th scope="col">{t("notice:back")}</th>
          </tr>
        </thead>
        <tbody>
          {first.rows.map((row, n) => (
            <tr key={n}>
              <th scope="row" dir="ltr">
                {row.number}
              </th>
              {props.scripts.map((script, m) => {
                const tongue = props.tongues[m] ?? "en";
                return (
                  <td key={tongue} lang={tongue} dir={RTL.includes(tongue) ? "rtl" : "ltr"}>
                    {script.rows[n]?.said}
                  </td>
                );
              })}
              <td class="mono" dir="ltr">
                {row.value}
              </td>
              <td class="box">{row.back && <span aria-label={t("notice:back")}>☐</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {first.foot.map((line) => (
        <p key={line} dir="ltr">
          {line}
        </p>
      ))}
      <p class="mark" dir="ltr">
        {first.banner}
      </p>
    </div>
  );
}
