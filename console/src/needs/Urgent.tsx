import { t } from "../i18n";
import { Button } from "../ui/parts";

/** STOP and DISTRESS: one touch, one person, from every screen. */
export function Urgent() {
  return (
    <>
      <Button tone="danger">{t("app:stop")}</Button>
      <Button tone="danger">{t("app:distress")}</Button>
    </>
  );
}
