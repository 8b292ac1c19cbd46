import { t } from "../i18n";

export function ItemRoom() {
  return <h2>{t("item:title")}</h2>;
}
