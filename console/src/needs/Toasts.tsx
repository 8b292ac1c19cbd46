import { t } from "../i18n";
import { dismiss, toasts } from "./telling";

/** What became of the last acts; read out, and gone by itself. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <p key={one.number} class={`toast ${one.tone}`}>
          <span dir="auto">{one.text}</span>
          <button type="button" aria-label={t("app:close")} onClick={() => dismiss(one.number)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
