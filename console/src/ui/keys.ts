// The keyboard: who listens, in which order, and what the help shows.
import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

export interface Bound {
  /** "a", "Shift+S", "Alt+1", "F8", "Escape"; letters by what is printed on a Latin keyboard. */
  key: string;
  /** What it does, in the officer's language. */
  says: string;
  run: () => void;
  /** Also while a field has the focus (with a modifier, or a function key, only). */
  always?: boolean;
}

interface Scope {
  title: string;
  bound: readonly Bound[];
  first: boolean;
}

/** Innermost last: it is asked first. */
export const scopes = signal<readonly Scope[]>([]);

/** Signs by the place of their key on a Latin keyboard: alone, and with Shift. */
const SIGNS: Record<string, readonly [string, string]> = {
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
};

/** Letters and signs by the place of the key, so that a Russian, Hebrew or Arabic layout works the
 * same; what has no such place by its name. */
export function nameOf(event: KeyboardEvent): string {
  const { code } = event;
  const sign = SIGNS[code];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  const plain =
    event.key === "?" ? "?" : sign ? sign[event.shiftKey ? 1 : 0] : (digit ?? letter ?? event.key);
  const shift = event.shiftKey && !sign && plain !== "?" && plain.length === 1;
  const text = letter && !event.shiftKey ? letter.toLowerCase() : plain;
  const with_ = [event.ctrlKey && "Ctrl", event.altKey && "Alt", shift && "Shift"];
  return [...with_.filter(Boolean), text].join("+");
}

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.metaKey) return;
  const name = nameOf(event);
  const field = inField(event.target);
  const modal = document.querySelector("dialog[open]");
  for (const scope of [...scopes.value].reverse()) {
    const found = scope.bound.find((one) => one.key === name);
    if (!found || ((field || modal) && !found.always)) continue;
    event.preventDefault();
    found.run();
    return;
  }
});

/** Keys that work while the component is shown. first: asked before all that are not, whenever they
 * came, for what a person holds in hand. */
export function useKeys(
  title: string,
  bound: readonly Bound[],
  when: unknown[] = [],
  first = false,
): void {
  useLayoutEffect(() => {
    const scope: Scope = { title, bound, first };
    const all = [...scopes.peek(), scope];
    scopes.value = [...all.filter((one) => !one.first), ...all.filter((one) => one.first)];
    return () => {
      scopes.value = scopes.peek().filter((one) => one !== scope);
    };
  }, [title, ...when]);
}
