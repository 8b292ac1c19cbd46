import { t } from "../i18n";

export function MapView() {
  return <div aria-label={t("map:title")} />;
}
