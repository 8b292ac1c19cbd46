// The last handover as both signed it.
import type { Handover } from "../api/types";
import { t } from "../i18n";
import { Time, Words } from "../ui/parts";
import { Notes } from "./Offered";

export function Past({ last }: { last: Handover | null }) {
  if (!last) return null;
  return (
    <details class="past">
      <summary>
        {t("handover:last")} <Time ms={last.said_ms} full />
      </summary>
      <div class="stack">
        <p>
          <Words text={t("handover:from_to", { from: last.outgoing || "-", to: last.incoming })} />
        </p>
        <p>
          {last.unsigned ? (
            <Words text={t("handover:unsigned", { why: last.unsigned })} />
          ) : (
            t("handover:both")
          )}
        </p>
        {last.text && <Words as="p" text={last.text} />}
        {last.taken_text && <Words as="p" text={last.taken_text} />}
        <Notes notes={last.notes} />
        <p dir="ltr">
          <code>{last.ref}</code>
        </p>
      </div>
    </details>
  );
}
