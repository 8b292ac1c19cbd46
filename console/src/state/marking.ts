// The banner shows the most restrictive marking of what is on the screen.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const ORDER = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"];
const shown = signal<ReadonlyMap<object, string>>(new Map());

const rank = (marking: string): number =>
  ORDER.reduce((best, name, n) => (marking.startsWith(name) ? n : best), -1);

export const banner = computed(() => {
  const all = [...shown.value.values()].filter(Boolean);
  return all.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst), "");
});

/** While the component is shown, its markings count for the banner. */
export function useMarkings(markings: readonly string[]): void {
  const worst = markings.reduce((a, b) => (rank(b) > rank(a) ? b : a), "");
  useEffect(() => {
    const key = {};
    shown.value = new Map(shown.peek()).set(key, worst);
    return () => {
      const next = new Map(shown.peek());
      next.delete(key);
      shown.value = next;
    };
  }, [worst]);
}
