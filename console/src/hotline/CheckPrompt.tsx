// The other side asks whether we hear it: one key answers.
import { t } from "../i18n";
import { may } from "../state/session";
import { Button, Countdown, Refusal, Time } from "../ui/parts";
import { useAct } from "./acting";
import { checkOf, dueMs } from "./checking";
import type { Paper } from "./logic";
import { climb } from "./store";

export function CheckPrompt({ check }: { check: Paper }) {
  const act = useAct();
  return (
    <div class="check-prompt">
      <p>
        {t("hotline:check_asked", { party: check.author, number: checkOf(check).number })}{" "}
        <Time ms={check.at_ms} /> <Countdown ms={dueMs(check)} label={t("hotline:check_due")} />
      </p>
      {may("talk") && (
        <p class="row">
          <Button
            tone="main"
            disabled={act.busy}
            onClick={() => void act.run(() => climb(check, "read"))}
          >
            {t("hotline:check_hear")}
          </Button>
          <Button disabled={act.busy} onClick={() => void act.run(() => climb(check, "unable"))}>
            {t("hotline:check_hear_not")}
          </Button>
        </p>
      )}
      <Refusal error={act.error} />
    </div>
  );
}
