import { t } from "../i18n";

export function HandoverRoom() {
  return <h2>{t("handover:title")}</h2>;
}
