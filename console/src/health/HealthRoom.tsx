import { t } from "../i18n";

export function HealthRoom() {
  return <h2>{t("health:title")}</h2>;
}
