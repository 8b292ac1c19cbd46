import { signal } from "@preact/signals";
import { t } from "../i18n";
import { scopes } from "../ui/keys";
import { Dialog } from "../ui/parts";

export const helpShown = signal(false);

/** Every key that works here now. */
export function Help() {
  if (!helpShown.value) return null;
  return (
    <Dialog title={t("app:help_title")} onClose={() => (helpShown.value = false)}>
      <div class="keys">
        {scopes.value.map((scope) => (
          <section key={scope.title}>
            <h3>{scope.title}</h3>
            <dl>
              {scope.bound.map((one) => (
                <div key={one.key}>
                  <dt>
                    <kbd>{one.key}</kbd>
                  </dt>
                  <dd>{one.says}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
