// STOP and DISTRESS: one touch, one person, from every screen; Enter sends.
import { t } from "../i18n";
import { useKeys } from "../ui/keys";
import { Button } from "../ui/parts";
import { Distress } from "./Distress";
import { Stop } from "./Stop";
import { opened, openCall } from "./calls";

export function Urgent() {
  useKeys(t("needs:urgent"), [
    { key: "F9", says: t("app:stop"), run: () => openCall("stop"), always: true },
    { key: "F10", says: t("app:distress"), run: () => openCall("distress"), always: true },
  ]);
  return (
    <>
      <Button tone="danger" hotkey="F9" onClick={() => openCall("stop")}>
        {t("app:stop")}
      </Button>
      <Button tone="danger" hotkey="F10" onClick={() => openCall("distress")}>
        {t("app:distress")}
      </Button>
      {opened.value === "stop" && <Stop />}
      {opened.value === "distress" && <Distress />}
    </>
  );
}
