// Every text stands in every language, with the plurals of that language and the same blanks.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import ar from "../src/i18n/ar";
import en from "../src/i18n/en";
import he from "../src/i18n/he";
import ru from "../src/i18n/ru";

type Texts = Record<string, Record<string, string>>;
const LANGUAGES: Record<string, Texts> = { en, ru, he, ar };
const PLURAL = /_(zero|one|two|few|many|other)$/;

const bare = (key: string): string => key.replace(PLURAL, "");
const blanks = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map((m) => m[1] ?? "");

/** name -> all its forms */
function forms(texts: Record<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const key of Object.keys(texts))
    found.set(bare(key), [...(found.get(bare(key)) ?? []), key]);
  return found;
}

for (const [language, texts] of Object.entries(LANGUAGES)) {
  test(`${language} has every text`, () => {
    for (const [room, words] of Object.entries(en as Texts)) {
      const theirs = forms(texts[room] ?? {});
      const missing = [...forms(words).keys()].filter((name) => !theirs.has(name));
      assert.deepEqual(missing, [], `${language}/${room}.json`);
      const unknown = [...theirs.keys()].filter((name) => !forms(words).has(name));
      assert.deepEqual(unknown, [], `${language}/${room}.json has what en has not`);
    }
  });

  test(`${language} has all plurals that it needs`, () => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [room, words] of Object.entries(texts)) {
      for (const [name, keys] of forms(words)) {
        if (!keys.some((key) => PLURAL.test(key))) continue;
        const lacking = needed.filter((one) => !keys.includes(`${name}_${one}`));
        assert.deepEqual(lacking, [], `${language}/${room}.json: ${name}`);
      }
    }
  });

  test(`${language} fills no blank that English has not, and leaves none out`, () => {
    for (const [room, words] of Object.entries(en as Texts)) {
      for (const [key, text] of Object.entries(words)) {
        const theirs = texts[room]?.[key];
        if (theirs === undefined || PLURAL.test(key)) continue;
        assert.deepEqual(blanks(theirs).sort(), blanks(text).sort(), `${language}/${room}: ${key}`);
      }
    }
  });
}

test("no text is kept that nothing shows", () => {
  const source = new URL("../../src", import.meta.url).pathname;
  const code = (readdirSync(source, { recursive: true }) as string[])
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(source, path), "utf8"))
    .join("\n");
  for (const [room, words] of Object.entries(en as Texts)) {
    if (room === "codes" || code.includes(`word("${room}"`)) continue;
    const unused = [...forms(words).keys()].filter((name) => !code.includes(`${room}:${name}`));
    assert.deepEqual(unused, [], `${room}.json`);
  }
});
