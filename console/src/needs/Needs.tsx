import { t } from "../i18n";

export function Needs() {
  return <h2>{t("needs:title")}</h2>;
}
