// Short words about what became of an act; they go by themselves and are read out.
import { signal } from "@preact/signals";

export interface Toast {
  number: number;
  tone: "good" | "told" | "bad";
  text: string;
}

export const toasts = signal<readonly Toast[]>([]);
const STAYS_MS = 12_000;
let last = 0;

export function tell(text: string, tone: Toast["tone"] = "good"): void {
  const toast = { number: ++last, tone, text };
  toasts.value = [...toasts.peek().slice(-3), toast];
  setTimeout(() => dismiss(toast.number), STAYS_MS);
}

export const dismiss = (number: number): void => {
  toasts.value = toasts.peek().filter((one) => one.number !== number);
};
