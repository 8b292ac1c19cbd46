// Words of a message, in their own direction. Values in Latin signs keep their order inside it.
import { direction } from "./logic";

const TOKEN = String.raw`[A-Za-z0-9](?:(?:[A-Za-z0-9.:/+°'"_-]|,(?=\d))*[A-Za-z0-9°'"])?`;
const RUN = new RegExp(`(${TOKEN}(?: ${TOKEN})*)`, "g");

/** The text in pieces; every second one is a run of Latin letters and digits. */
export const runs = (text: string): string[] => text.split(RUN);

export function Said(props: { text: string; lang?: string; dir?: string; class?: string }) {
  const dir = props.dir === "rtl" || props.dir === "ltr" ? props.dir : direction(props.text);
  return (
    <p class={`words said ${props.class ?? ""}`} lang={props.lang} dir={dir}>
      {dir === "ltr"
        ? props.text
        : runs(props.text).map((part, n) =>
            n % 2 ? (
              <bdi key={n} dir="ltr">
                {part}
              </bdi>
            ) : (
              part
            ),
          )}
    </p>
  );
}
