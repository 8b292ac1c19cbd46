// A file that somebody gave us: does it prove itself, and what. The node answers; nothing is kept.
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { ask, download } from "../api/client";
import { t } from "../i18n";
import { Button, Marking, Refusal, Time, Words } from "../ui/parts";
import { number } from "../ui/time";
import { useMarkings } from "../state/marking";

export const MOST_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 50;

interface Statement {
  log: string;
  index: number;
  by: string[];
  sentence: string;
  type: string;
  banner: string;
  at_ms: number;
  not_before_ms: number | null;
  not_after_ms: number | null;
  receipts: { by: string; at_ms: number }[];
  witnesses: { party: string; at_s: number }[];
  witnessed: boolean;
  note_hash: string;
}

export interface Verdict {
  verified: boolean;
  kind: "evidence" | "log" | "unknown";
  pinned: boolean;
  name: string;
  sha256: string;
  bytes: number;
  banner: string;
  maker: string;
  items: number;
  witnessed: number;
  statements: Statement[];
  exhibits: { kind: string; accused: string; sentence: string }[];
  split_logs: unknown[];
  proved: string[];
  suspected: string[];
  unknowable: string[];
  remarks: string[];
  log: { party: string; epoch: number; entries: number; root: string } | null;
  error: { what: string; right: string; where: string; at_fault: string } | null;
}

const BYTES = "application/octet-stream";

export function Verify() {
  const id = useId();
  const busy = useSignal(false);
  const over = useSignal(false);
  const error = useSignal<unknown>(null);
  const file = useSignal<File | null>(null);
  const verdict = useSignal<Verdict | null>(null);
  const take = async (chosen: File | undefined) => {
    if (!chosen || busy.peek()) return;
    verdict.value = null;
    error.value = null;
    file.value = chosen;
    if (chosen.size > MOST_BYTES) {
      const size = number(Math.ceil(chosen.size / 1048576));
      error.value = new Error(t("incident:too_large", { size }));
      return;
    }
    busy.value = true;
    try {
      const query = { name: chosen.name.slice(0, 200) };
      const options = { body: chosen, type: BYTES, query };
      const answer = await ask("POST", "/v1/evidence/verify", options);
      verdict.value = (await answer.json()) as Verdict;
    } catch (refused) {
      error.value = refused;
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="stack verify" aria-label={t("incident:verify")}>
      <h3>{t("incident:verify")}</h3>
      <p class="dim">{t("incident:verify_says")}</p>
      <div
        class={over.value ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={(event) => {
          event.preventDefault();
          over.value = false;
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <label for={id}>{t("incident:choose_file")}</label>
        <input
          id={id}
          type="file"
          disabled={busy.value}
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </div>
      {busy.value && <p role="status">{t("incident:verifying")}</p>}
      <Refusal error={error.value} />
      {verdict.value && file.value && <VerdictView found={verdict.value} file={file.value} />}
    </section>
  );
}

function VerdictView({ found, file }: { found: Verdict; file: File }) {
  const error = useSignal<unknown>(null);
  useMarkings([found.banner]);
  const report = async () => {
    try {
      const query = { as: "html", name: file.name.slice(0, 200) };
      const options = { body: file, type: BYTES, query };
      const answer = await ask("POST", "/v1/evidence/verify", options);
      await download(`${file.name}.html`, answer);
      error.value = null;
    } catch (refused) {
      error.value = refused;
    }
  };
  const good = found.verified;
  return (
    <div class="stack proof">
      <p class={good ? "seal good" : "seal bad"} role="status">
        <span aria-hidden="true">{good ? "✔" : "✘"}</span>{" "}
        {good ? t("incident:verified") : t("incident:not_verified")}
      </p>
      {good && (
        <p class={found.pinned ? "" : "warned"}>
          <span aria-hidden="true">{found.pinned ? "◉" : "◌"}</span>{" "}
          {found.pinned ? t("incident:pinned") : t("incident:not_pinned")}
        </p>
      )}
      <Marking marking={found.banner} />
      <dl>
        <dt>{t("incident:file")}</dt>
        <dd>
          <Words text={file.name} /> · {t("incident:bytes", { bytes: number(found.bytes) })}
        </dd>
        <dt>SHA-256</dt>
        <dd class="mono wrap" dir="ltr">
          {found.sha256}
        </dd>
        {found.maker && (
          <>
            <dt>{t("incident:maker")}</dt>
            <dd dir="ltr">{found.maker}</dd>
          </>
        )}
        {good && (
          <>
            <dt>{t("incident:holds")}</dt>
            <dd>
              {t("incident:holds_says", {
                items: number(found.items),
                witnessed: number(found.witnessed),
              })}
            </dd>
          </>
        )}
      </dl>
      {found.error && (
        <p class="refusal" role="alert" dir="auto">
          {found.error.what}
          {found.error.where && ` (${found.error.where})`}.{" "}
          {found.error.right && t("app:at_fault", { what: "", right: found.error.right })}
        </p>
      )}
      <Button onClick={() => void report()}>{t("incident:report_page")}</Button>
      <Refusal error={error.value} />
      <Texts title={t("incident:exhibits")} texts={found.exhibits.map(sentence)} open />
      <Texts title={t("incident:suspected")} texts={found.suspected} open />
      <Statements found={found.statements} />
      <Texts title={t("incident:proved")} texts={found.proved} />
      <Texts title={t("incident:unknowable")} texts={found.unknowable} open />
      <Texts title={t("incident:remarks")} texts={found.remarks} />
    </div>
  );
}

const sentence = (one: Verdict["exhibits"][number]): string =>
  one.sentence || `${one.kind}: ${one.accused}`;

function Texts(props: { title: string; texts: readonly string[]; open?: boolean }) {
  const { title, texts, open = false } = props;
  const shown = useSignal(AT_ONCE);
  if (texts.length === 0) return null;
  return (
    <details open={open && texts.length <= 5}>
      <summary>
        {title} ({number(texts.length)})
      </summary>
      <ul class="stack told-list">
        {texts.slice(0, shown.value).map((text, n) => (
          <li key={n}>
            <Words text={text} />
          </li>
        ))}
      </ul>
      {texts.length > shown.value && (
        <Button onClick={() => (shown.value += AT_ONCE)}>{t("app:more")}</Button>
      )}
    </details>
  );
}

/** In the order of the file: who said what when, and what bounds that time. */
function Statements({ found }: { found: readonly Statement[] }) {
  const shown = useSignal(AT_ONCE);
  if (found.length === 0) return null;
  return (
    <details>
      <summary>
        {t("incident:statements")} ({number(found.length)})
      </summary>
      <ol class="stack statements">
        {found.slice(0, shown.value).map((one) => (
          <li key={`${one.log} ${one.index} ${one.note_hash}`}>
            <p class="row">
              <Time ms={one.at_ms} full />
              <b dir="ltr">{one.by.join(", ")}</b>
              <bdi dir="ltr" class="dim">
                {one.log} {one.index}
              </bdi>
              <Marking marking={one.banner} />
            </p>
            <Words as="p" text={one.sentence} />
            <Bounds one={one} />
          </li>
        ))}
      </ol>
      {found.length > shown.value && (
        <Button onClick={() => (shown.value += AT_ONCE)}>{t("app:more")}</Button>
      )}
    </details>
  );
}

function Bounds({ one }: { one: Statement }) {
  return (
    <p class="row dim">
      <span>
        <span aria-hidden="true">{one.witnessed ? "◉" : "◌"}</span>{" "}
        {one.witnessed ? t("incident:witnessed") : t("incident:unwitnessed")}
      </span>
      {one.not_before_ms !== null && (
        <span>
          {t("incident:not_before")} <Time ms={one.not_before_ms} full />
        </span>
      )}
      {one.not_after_ms !== null && (
        <span>
          {t("incident:not_after")} <Time ms={one.not_after_ms} full />
        </span>
      )}
      {one.receipts.slice(0, 20).map((receipt) => (
        <span key={`${receipt.by} ${receipt.at_ms}`}>
          {t("incident:receipt", { by: receipt.by })} <Time ms={receipt.at_ms} full />
        </span>
      ))}
    </p>
  );
}
