// What is seldom changed of a message: language, marking, values to read back, files, exercise.
import { t } from "../i18n";
import { Button, Refusal } from "../ui/parts";
import { useAct } from "./acting";
import { book, languageName } from "./book";
import { hashed, LARGEST } from "./files";
import type { FileHash, Value } from "./logic";
import { myLanguage } from "./store";

export interface Extras {
  /** "": as agreed for the line. */
  tlp: string;
  originatorControl: boolean;
  exercise: boolean;
  readBack: readonly Value[];
  files: readonly FileHash[];
}

const COLOURS = ["clear", "green", "amber", "amber+strict", "red"];
const MOST_VALUES = 16;

interface Props {
  phrase: boolean;
  language: string;
  onLanguage: (language: string) => void;
  to: readonly string[];
  extras: Extras;
  onExtras: (extras: Extras) => void;
}

export function Details(props: Props) {
  const { extras, onExtras } = props;
  const change = (part: Partial<Extras>) => onExtras({ ...extras, ...part });
  return (
    <details class="details">
      <summary>{t("hotline:details")}</summary>
      <div class="row">
        <label class="row">
          {t("hotline:language")}
          <select
            value={props.language}
            onChange={(event) => props.onLanguage(event.currentTarget.value)}
          >
            {(book.value?.languages ?? [props.language]).map((one) => (
              <option key={one} value={one}>
                {languageName(one, myLanguage())}
              </option>
            ))}
          </select>
        </label>
        <label class="row">
          {t("hotline:marking")}
          <select
            value={extras.tlp}
            onChange={(event) => change({ tlp: event.currentTarget.value })}
          >
            <option value="">{t("hotline:marking_of_line")}</option>
            {COLOURS.map((one) => (
              <option key={one} value={one}>
                TLP:{one.toUpperCase()}
              </option>
            ))}
          </select>
        </label>
        {extras.tlp && (
          <label class="row">
            <input
              type="checkbox"
              checked={extras.originatorControl}
              onChange={(event) => change({ originatorControl: event.currentTarget.checked })}
            />
            {t("hotline:orcon")}
          </label>
        )}
        <label class="row">
          <input
            type="checkbox"
            checked={extras.exercise}
            onChange={(event) => change({ exercise: event.currentTarget.checked })}
          />
          {t("app:exercise")}
        </label>
      </div>
      {!props.phrase && (
        <Values values={extras.readBack} onValues={(v) => change({ readBack: v })} />
      )}
      <Files files={extras.files} onFiles={(files) => change({ files })} />
    </details>
  );
}

function Values(props: { values: readonly Value[]; onValues: (v: readonly Value[]) => void }) {
  const { values, onValues } = props;
  const put = (n: number, part: Partial<Value>) =>
    onValues(values.map((one, m) => (m === n ? { ...one, ...part } : one)));
  return (
    <div class="values">
      {values.map((one, n) => (
        <p key={n} class="row">
          <input
            aria-label={t("hotline:value_name")}
            placeholder={t("hotline:value_name")}
            dir="ltr"
            value={one.name}
            onInput={(event) => put(n, { name: event.currentTarget.value })}
          />
          <input
            aria-label={t("hotline:value")}
            placeholder={t("hotline:value")}
            dir="auto"
            value={one.value}
            onInput={(event) => put(n, { value: event.currentTarget.value })}
          />
          <Button tone="quiet" onClick={() => onValues(values.filter((_, m) => m !== n))}>
            {t("hotline:take_out")}
          </Button>
        </p>
      ))}
      {values.length < MOST_VALUES && (
        <Button tone="quiet" onClick={() => onValues([...values, { name: "", value: "" }])}>
          {t("hotline:ask_read_back")}
        </Button>
      )}
    </div>
  );
}

export function Files(props: {
  files: readonly FileHash[];
  onFiles: (files: readonly FileHash[]) => void;
}) {
  const act = useAct();
  const take = (list: FileList | null) =>
    act.run(async () => {
      const chosen = [...(list ?? [])];
      const large = chosen.find((file) => file.size > LARGEST);
      if (large) throw new Error(t("hotline:file_too_large", { name: large.name }));
      props.onFiles([...props.files, ...(await Promise.all(chosen.map(hashed)))]);
    });
  return (
    <div class="attach">
      <label class="row">
        {t("hotline:attach")}
        <input
          type="file"
          multiple
          onChange={(event) => {
            const field = event.currentTarget;
            void take(field.files).then(() => (field.value = ""));
          }}
        />
      </label>
      <ul class="files">
        {props.files.map((file, n) => (
          <li key={file.sha256} class="row">
            <bdi>{file.name}</bdi>
            <code dir="ltr">{file.sha256.slice(0, 16)}…</code>
            <Button
              tone="quiet"
              onClick={() => props.onFiles(props.files.filter((_, m) => m !== n))}
            >
              {t("hotline:take_out")}
            </Button>
          </li>
        ))}
      </ul>
      <Refusal error={act.error} />
    </div>
  );
}
