// After the telephone call: to whom it was read, when, and whether it came back right.
import { useSignal } from "@preact/signals";
import { post } from "../api/client";
import { t } from "../i18n";
import { tell } from "../needs/telling";
import { nowMs } from "../state/clock";
import { may, session } from "../state/session";
import { Button, Field, Refusal } from "../ui/parts";
import { zulu } from "../ui/time";

export function CallNote({ subject, to }: { subject: string; to: readonly string[] }) {
  const party = useSignal(to[0] ?? "");
  const who = useSignal("");
  const right = useSignal(false);
  const wrong = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal<unknown>(null);
  const done = useSignal("");
  if (!may("talk") || to.length === 0) return null;
  const log = async () => {
    wrong.value = !who.value.trim();
    if (wrong.value || busy.value) return;
    busy.value = true;
    const [us = "", now] = [session.peek()?.party, nowMs()];
    const back = right.value ? "read back right" : "not read back";
    try {
      await post(
        "/v1/papers/call",
        {
          content: {
            line: "safety",
            by: us,
            parties: [us, party.value].sort(),
            began_ms: now,
            ended_ms: now,
            answered: true,
            speakers: [session.peek()?.name ?? "", who.value.trim()],
            summary: `${subject} read to ${who.value.trim()}, ${back}`,
            recordings: [],
          },
        },
        { role: session.peek()?.duty ?? "", to: [party.value] },
      );
      failed.value = null;
      done.value = t("notice:call_logged", { who: who.value.trim(), at: zulu(now) });
      tell(done.value);
    } catch (error) {
      failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="call-note row no-print"
      aria-label={t("notice:call")}
      onSubmit={(event) => {
        event.preventDefault();
        void log();
      }}
    >
      <h4>{t("notice:call")}</h4>
      <Field label={t("notice:party")}>
        {(ids) => (
          <select
            {...ids}
            value={party.value}
            onChange={(event) => (party.value = event.currentTarget.value)}
          >
            {to.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t("notice:read_to")} {...(wrong.value ? { wrong: t("notice:say_whom") } : {})}>
        {(ids) => (
          <input
            {...ids}
            name="read-to"
            dir="auto"
            maxLength={200}
            value={who.value}
            onInput={(event) => (who.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <label class="row">
        <input
          type="checkbox"
          checked={right.value}
          onChange={(event) => (right.value = event.currentTarget.checked)}
        />
        {t("notice:came_right")}
      </label>
      <Button type="submit" disabled={busy.value}>
        {t("notice:log_call")}
      </Button>
      <Refusal error={failed.value} />
      {done.value && <p role="status">{done.value}</p>}
    </form>
  );
}
