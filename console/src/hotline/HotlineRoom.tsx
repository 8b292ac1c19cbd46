import { t } from "../i18n";

export function HotlineRoom() {
  return <h2>{t("hotline:title")}</h2>;
}
