// The same item for people without this screen: the phone script, the printed form, other formats.
import { useSignal } from "@preact/signals";
import { ask, download } from "../api/client";
import type { Item } from "../api/types";
import { language, t } from "../i18n";
import { Button, Refusal } from "../ui/parts";

const FORMATS = ["kml", "gpx", "ed269", "notam", "csv"] as const;

export function Forms({ item }: { item: Item }) {
  const refused = useSignal<unknown>(null);
  if (item.kind !== "notice") return null;
  const path = (form: string) => `/v1/items/${encodeURIComponent(item.ref)}/as/${form}`;
  const keep = async (form: string) => {
    try {
      refused.value = null;
      await download(`${item.item}.${form}`, await ask("GET", path(form)));
    } catch (error) {
      refused.value = error;
    }
  };
  const page = (form: string) => `${path(form)}?html=true&lang=${language.value}`;
  return (
    <section aria-label={t("item:forms")}>
      <h3>{t("item:forms")}</h3>
      <p class="row">
        <a href={page("script")} target="_blank" rel="noreferrer">
          {t("item:script")}
        </a>
        <a href={page("form")} target="_blank" rel="noreferrer">
          {t("item:form")}
        </a>
        {FORMATS.map((one) => (
          <Button key={one} tone="quiet" onClick={() => void keep(one)}>
            <bdi dir="ltr">{one.toUpperCase()}</bdi>
          </Button>
        ))}
      </p>
      <Refusal error={refused.value} />
    </section>
  );
}
