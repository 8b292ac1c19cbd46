// Papers of one kind, kept true while they are shown: the newest page, and more when asked.
import { useCallback, useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { onEvent } from "../state/live";
import type { Paper } from "./logic";

interface Page {
  papers: Paper[];
  next: string | null;
}

export interface Listing {
  papers: readonly Paper[];
  read: boolean;
  more: boolean;
  error: unknown;
  again: () => void;
  further: () => void;
}

const PAGE = 50;
const MOST = 400;
const GATHER_MS = 250;

export function useListing(kind: string, open = false): Listing {
  const [found, setFound] = useState<Page & { read: boolean }>({
    papers: [],
    next: null,
    read: false,
  });
  const [rows, setRows] = useState(PAGE);
  const [error, setError] = useState<unknown>(null);
  const again = useCallback(async () => {
    try {
      const papers: Paper[] = [];
      let next: string | null = "";
      while (next !== null && papers.length < rows) {
        const page: Page = await get<Page>("/v1/papers", { kind, open, after: next, limit: PAGE });
        papers.push(...page.papers);
        next = page.next;
      }
      setFound({ papers, next, read: true });
      setError(null);
    } catch (refused) {
      setError(refused);
    }
  }, [kind, open, rows]);
  useEffect(() => {
    void again();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      const { ref } = event.data as { ref?: unknown };
      if (typeof ref !== "string" || !ref.startsWith(`${kind}:`)) return;
      clearTimeout(timer);
      timer = setTimeout(() => void again(), GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [again, kind]);
  return {
    papers: found.papers,
    read: found.read,
    more: found.next !== null && rows < MOST,
    error,
    again: () => void again(),
    further: () => setRows(rows + PAGE),
  };
}
