// Texts in four languages by i18next; one file a room and language: LANGUAGE/ROOM.json.
import { signal } from "@preact/signals";
import i18next, { type TOptions } from "i18next";
import en from "./en";

export const LANGUAGES = { en: "English", ru: "Русский", he: "עברית", ar: "العربية" } as const;
export type Language = keyof typeof LANGUAGES;
const RIGHT_TO_LEFT: readonly Language[] = ["he", "ar"];

type Plural = "zero" | "one" | "two" | "few" | "many" | "other";
type Bare<K> = K extends `${infer Stem}_${Plural}` ? Stem : K;
type Texts = typeof en;
/** "room:name": what the compiler lets us ask for. */
export type Key = {
  [Room in keyof Texts & string]: `${Room}:${Bare<keyof Texts[Room] & string>}`;
}[keyof Texts & string];

const others: Record<Exclude<Language, "en">, () => Promise<{ default: Texts }>> = {
  ru: () => import("./ru"),
  he: () => import("./he"),
  ar: () => import("./ar"),
};

export const language = signal<Language>("en");
/** Counts up when texts change; reading it makes a component follow. */
const spoken = signal(0);

/** In a right-to-left sentence an instant, a ref or a name keeps its own direction. */
function isolated(value: string): string {
  return RIGHT_TO_LEFT.includes(i18next.language as Language) ? `\u2068${value}\u2069` : value;
}

void i18next.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en },
  nsSeparator: ":",
  keySeparator: false,
  interpolation: { escape: isolated }, // Preact escapes what HTML would read
});

export const isLanguage = (text: string): text is Language => text in LANGUAGES;

export async function speak(next: Language): Promise<void> {
  if (next !== "en" && !i18next.hasResourceBundle(next, "app")) {
    const texts = (await others[next]()).default;
    for (const [room, words] of Object.entries(texts)) i18next.addResourceBundle(next, room, words);
  }
  await i18next.changeLanguage(next);
  document.documentElement.lang = next;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(next) ? "rtl" : "ltr";
  language.value = next;
  spoken.value += 1;
}

export function t(key: Key, values?: TOptions): string {
  void spoken.value;
  return i18next.t(key, values ?? {});
}

/** For words that the node gives as codes (kinds, states, rungs): the text, or the code itself. */
export function word(room: keyof Texts & string, code: string): string {
  void spoken.value;
  const key = `${room}:${code}`;
  return i18next.exists(key) ? i18next.t(key) : code;
}
