// One request for a component, asked again when what it depends on changes.
import { useEffect, useState } from "preact/hooks";

export interface Answer<T> {
  value: T | null;
  error: unknown;
  loading: boolean;
}

/** The last answer stays while the next is under way, so that nothing jumps. */
export function useAsked<T>(ask: (() => Promise<T>) | null, depends: unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ value: null, error: null, loading: true });
  useEffect(() => {
    if (ask === null) return undefined;
    let over = false;
    ask().then(
      (value) => over || setAnswer({ value, error: null, loading: false }),
      (error: unknown) =>
        over || setAnswer((before) => ({ value: before.value, error, loading: false })),
    );
    return () => {
      over = true;
    };
  }, depends);
  return answer;
}
