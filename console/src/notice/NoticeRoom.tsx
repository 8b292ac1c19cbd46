import { t } from "../i18n";

export function NoticeRoom() {
  return <h2>{t("notice:title")}</h2>;
}
