// Repeating window, band and place: nothing is filled in but the date, each field is compared at once.
import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { health, items } from "../state/live";
import { session } from "../state/session";
import { Button, Dialog, Field, Refusal } from "../ui/parts";
import { local, zulu } from "../ui/time";
import { climb, refusal, type Asking } from "./acts";
import { compared, complete, dateIn, differing, formOf, type Part, type Typed } from "./repeating";

type Props = { asked: Asking; onClose: () => void };

export function ReadBack({ asked, onClose }: Props) {
  const item = items.value.get(asked.ref);
  const said = item?.content.kind === "notice" ? item.content.read_back : null;
  const zones = Object.entries(health.value?.zones ?? {});
  const typed = useSignal<Typed>({
    startDate: dateIn(said?.start_ms ?? 0, "UTC"),
    startTime: "",
    endDate: dateIn(said?.end_ms ?? 0, "UTC"),
    endTime: "",
    zone: "UTC",
    floor: "",
    ceiling: "",
    unit: "m",
    place: "",
  });
  const warned = useSignal("");
  const busy = useSignal(false);
  if (!item || !said) return null;
  const read = compared(typed.value, said);
  const change = (part: Partial<Typed>) => {
    typed.value = { ...typed.value, ...part };
    warned.value = "";
  };
  const inZone = (zone: string) =>
    change({
      zone,
      startDate: dateIn(said.start_ms, zone),
      endDate: dateIn(said.end_ms, zone),
    });
  const send = async (event: Event) => {
    event.preventDefault();
    if (!complete(read)) {
      warned.value = t("needs:read_back_missing");
      return;
    }
    const wrong = differing(read);
    if (wrong.length > 0 && !warned.value) {
      warned.value = t("needs:read_back_differs");
      return;
    }
    busy.value = true;
    const done = await climb(asked.ref, "read-back", { read_back: formOf(read) });
    if (done && wrong.length === 0 && asked.then) await climb(asked.ref, asked.then);
    busy.value = false;
    if (done) onClose();
  };
  return (
    <Dialog
      title={t("needs:read_back_title", { ref: item.item, who: item.author })}
      onClose={onClose}
    >
      <form class="stack repeating" onSubmit={(event) => void send(event)}>
        <p class="told">{t("needs:read_back_hint")}</p>
        <Field label={t("needs:read_back_zone")}>
          {(ids) => (
            <select
              {...ids}
              value={typed.value.zone}
              onChange={(event) => inZone(event.currentTarget.value)}
            >
              <option value="UTC">{t("app:zulu")}</option>
              {zones.map(([party, zone]) => (
                <option key={party} value={zone}>
                  {party}: {zone}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Instant part="start_ms" typed={typed.value} read={read} onChange={change} first />
        <Instant part="end_ms" typed={typed.value} read={read} onChange={change} />
        <Band typed={typed.value} read={read} onChange={change} />
        {said.place !== "" && (
          <Field label={t("needs:place")}>
            {(ids) => (
              <span class="row">
                <input
                  {...ids}
                  name="place"
                  value={typed.value.place}
                  dir="ltr"
                  autocomplete="off"
                  onInput={(event) => change({ place: event.currentTarget.value })}
                />
                <Told read={read} part="place" />
              </span>
            )}
          </Field>
        )}
        {warned.value && (
          <p class="refusal" role="alert">
            {warned.value}
          </p>
        )}
        <Refusal error={refusal.value} />
        <div class="row">
          <Button type="submit" tone="main" hotkey="Enter" disabled={busy.value}>
            {asked.then ? t("needs:read_back_accept") : t("needs:read_back")}
          </Button>
          <Button tone="quiet" hotkey="Escape" onClick={onClose}>
            {t("app:cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Part_ {
  typed: Typed;
  read: ReturnType<typeof compared>;
  onChange: (part: Partial<Typed>) => void;
}

function Instant(props: Part_ & { part: "start_ms" | "end_ms"; first?: boolean }) {
  const { typed, read, part, onChange } = props;
  const start = part === "start_ms";
  const value = read.find((one) => one.part === part)?.value;
  const others = [session.value?.party ?? ""].flatMap((party) => {
    const zone = health.value?.zones?.[party];
    return zone ? [local(Number(value), zone)] : [];
  });
  return (
    <Field label={start ? t("needs:window_start") : t("needs:window_end")}>
      {(ids) => (
        <span class="row">
          <input
            type="text"
            size={10}
            dir="ltr"
            inputMode="numeric"
            aria-label={start ? t("needs:start_date") : t("needs:end_date")}
            value={start ? typed.startDate : typed.endDate}
            onInput={(event) =>
              onChange({ [start ? "startDate" : "endDate"]: event.currentTarget.value })
            }
          />
          <input
            {...ids}
            name={start ? "start" : "end"}
            size={8}
            dir="ltr"
            autocomplete="off"
            autofocus={props.first}
            placeholder="HH:MM"
            value={start ? typed.startTime : typed.endTime}
            onInput={(event) =>
              onChange({ [start ? "startTime" : "endTime"]: event.currentTarget.value })
            }
          />
          <Told read={read} part={part} />
          {typeof value === "number" && (
            <small class="mono" dir="ltr">
              {zulu(value)} {others.map((one) => `= ${one}`).join(" ")}
            </small>
          )}
        </span>
      )}
    </Field>
  );
}

const NAMES = { floor: "needs:floor", ceiling: "needs:ceiling" } as const;
const VERDICTS = {
  same: "needs:verdict_same",
  differs: "needs:verdict_differs",
  unread: "needs:verdict_unread",
} as const;

function Band({ typed, read, onChange }: Part_) {
  const one = (part: "floor_m" | "ceiling_m", name: "floor" | "ceiling") => (
    <Field label={t(NAMES[name])}>
      {(ids) => (
        <span class="row">
          <input
            {...ids}
            name={name}
            size={8}
            dir="ltr"
            inputMode="decimal"
            autocomplete="off"
            value={typed[name]}
            onInput={(event) => onChange({ [name]: event.currentTarget.value })}
          />
          <Told read={read} part={part} />
        </span>
      )}
    </Field>
  );
  return (
    <div class="row band">
      {one("floor_m", "floor")}
      {one("ceiling_m", "ceiling")}
      <Field label={t("needs:unit")}>
        {(ids) => (
          <select
            {...ids}
            value={typed.unit}
            onChange={(event) => onChange({ unit: event.currentTarget.value as Typed["unit"] })}
          >
            <option value="m">m</option>
            <option value="ft">ft</option>
          </select>
        )}
      </Field>
    </div>
  );
}

/** Same or not, by sign and word. */
function Told({ read, part }: { read: ReturnType<typeof compared>; part: Part }) {
  const verdict = read.find((one) => one.part === part)?.verdict ?? "empty";
  if (verdict === "empty") return null;
  const sign = { same: "✓", differs: "✗", unread: "?" }[verdict];
  return (
    <span class={`verdict ${verdict}`} role="status">
      <span aria-hidden="true">{sign}</span> {t(VERDICTS[verdict])}
    </span>
  );
}
