import { t } from "../i18n";

export function IncidentRoom() {
  return <h2>{t("incident:title")}</h2>;
}
