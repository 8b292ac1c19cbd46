// Whom a message goes to, and whether it can get there now.
import { t } from "../i18n";
import { links } from "../state/live";
import { Time } from "../ui/parts";
import type { Line, LineName } from "./logic";

interface Props {
  line: LineName;
  lines: readonly Line[];
  to: readonly string[];
  onTo: (to: readonly string[]) => void;
}

export function ComposerLinks({ line, lines, to, onTo }: Props) {
  const parties = lines.filter((one) => one.line === line);
  return (
    <fieldset class="row to">
      <legend>{t("hotline:to")}</legend>
      {parties.map((one) => (
        <label key={one.party} class="row">
          <input
            type="checkbox"
            checked={to.includes(one.party)}
            onChange={(event) =>
              onTo(
                event.currentTarget.checked
                  ? [...to, one.party]
                  : to.filter((party) => party !== one.party),
              )
            }
          />
          <bdi>{one.party}</bdi>
          {to.includes(one.party) && <Link line={one} />}
        </label>
      ))}
    </fieldset>
  );
}

function Link({ line }: { line: Line }) {
  const link = links.value.find((one) => one.peer === line.party);
  if (!link) return <small>{t("hotline:no_link")}</small>;
  if (link.up) return <small class="up">● {t("hotline:link_up")}</small>;
  return (
    <small class="down" role="status">
      ▲ {t("hotline:link_down_waits")} <Time ms={link.since_ms} />
      {line.fallback && <bdi> {line.fallback}</bdi>}
    </small>
  );
}
