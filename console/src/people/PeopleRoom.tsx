import { t } from "../i18n";

export function PeopleRoom() {
  return <h2>{t("people:title")}</h2>;
}
