// An instant beside what it belongs to: Zulu, then where this screen stands.
import { Time } from "../ui/parts";
import { health } from "../state/live";
import { local } from "../ui/time";

const OWN = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Zones of the parties by id; where the node names none, this screen's own. */
export function zones(): [string, string][] {
  const found = Object.entries(
    ((health.value as { zones?: Record<string, string> } | null)?.zones ?? {}) as Record<
      string,
      string
    >,
  );
  return found.length ? found : [["", OWN]];
}

export function Stamp({ ms, party = "" }: { ms: number; party?: string }) {
  const all = zones();
  const here = all.find(([id]) => id === party) ?? all[0];
  return (
    <span class="stamp">
      <Time ms={ms} full zones={all.map(([, zone]) => zone)} />
      {here && here[1] !== "UTC" && (
        <small dir="ltr">
          {here[0]} {local(ms, here[1])}
        </small>
      )}
    </span>
  );
}
