// The phrase book, read once; its words never change under their number.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { fill, type MessageContent, type Phrase } from "./logic";

interface Book {
  version: string;
  digest: string;
  languages: string[];
  phrases: Phrase[];
}

export const book = signal<Book | null>(null);
let asking: Promise<void> | null = null;

export function useBook(): Book | null {
  useEffect(() => {
    if (book.peek()) return;
    asking ??= get<Book>("/v1/hotline/phrases")
      .then((found) => void (book.value = found))
      .catch(() => undefined)
      .finally(() => (asking = null));
  }, []);
  return book.value;
}

export const phraseOf = (id: string): Phrase | undefined =>
  book.value?.phrases.find((one) => one.id === id);

/** The book's own wording of what a message says, in another language; "" where it has none. */
export function wordingOf(said: MessageContent, language: string): string {
  const wording = phraseOf(said.phrase)?.wordings[language];
  const filled = Object.fromEntries(said.blanks.map(({ name, value }) => [name, value]));
  return wording ? fill(wording.text, filled) : "";
}

/** The name of a language in the language of the screen; its code where there is none. */
export function languageName(code: string, shownIn: string): string {
  try {
    return new Intl.DisplayNames([shownIn], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
