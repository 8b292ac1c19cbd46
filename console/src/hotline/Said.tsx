// Words of a message, in their own direction. Values in Latin signs keep their order inside it.
import { direction } from "./logic";
import { runs } from "./runs";

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
