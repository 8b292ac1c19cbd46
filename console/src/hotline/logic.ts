// What the hotline shows, worked out from what the node says. Pure.
import type { components } from "../../build/api";

type Schemas = components["schemas"];
export type Message = Schemas["MessageView"];
export type Paper = Schemas["PaperView"];
export type Heard = Schemas["HeardView"];
export type Line = Schemas["LineStateView"];
export type Phrase = Schemas["PhraseView"];
export type Outage = Schemas["OutageView"];
export type Suggestion = Schemas["SuggestionView"];
export type LineName = "safety" | "strategic";
export type Precedence = "flash" | "immediate" | "priority" | "routine";

export interface Value {
  name: string;
  value: string;
}

export interface FileHash {
  name: string;
  media_type: string;
  size: number;
  sha256: string;
}

/** The content of a message, as the paper has it. */
export interface MessageContent {
  line: LineName;
  precedence: Precedence;
  language: string;
  text: string;
  phrase: string;
  blanks: Value[];
  read_back: Value[];
  reply_to: string;
  attachments: FileHash[];
}

export const PRECEDENCES: readonly Precedence[] = ["flash", "immediate", "priority", "routine"];
/** A shape for each beside its word: colour is not needed to tell them apart. */
export const SHAPES: Record<Precedence, string> = {
  flash: "◆",
  immediate: "▲",
  priority: "■",
  routine: "●",
};
/** Seconds from the author's words to "read", as docs/liaison/hotline.md has them. */
const READ_S: Record<Precedence, number> = {
  flash: 30,
  immediate: 180,
  priority: 1_800,
  routine: 21_600,
};

/** A message holds so many characters (code points). */
export const LONGEST = 4_000;
export const lengthOf = (text: string): number => [...text].length;

export const contentOf = (message: Paper): MessageContent =>
  message.content as unknown as MessageContent;

/** What has to be read back: of a phrase its blanks, else what the message names. */
export function expected(message: Paper): readonly Value[] {
  const said = contentOf(message);
  return said.phrase ? said.blanks : said.read_back;
}

export const mine = (message: Paper, party: string): Heard | undefined =>
  message.heard.find((one) => one.party === party);

/** What `party` still owes on it: to read it, to read it back, or nothing. */
export function owes(message: Paper, party: string): "read" | "read-back" | "" {
  const one = mine(message, party);
  if (!one || message.withdrawn) return "";
  if (one.rung === "received") return "read";
  return one.rung === "read" && expected(message).length > 0 ? "read-back" : "";
}

/** Of those that we owe something, the one of the highest precedence, the oldest of its kind. */
export const mostUrgent = (messages: readonly Message[], party: string): Message | undefined =>
  inOrder(messages.filter((one) => owes(one, party) !== "")).sort(
    (a, b) => PRECEDENCES.indexOf(a.precedence) - PRECEDENCES.indexOf(b.precedence),
  )[0];

export const unreadOf = (messages: Iterable<Paper>, party: string, line: LineName): number =>
  [...messages].filter(
    (one) => contentOf(one).line === line && owes(one, party) === "read" && one.author !== party,
  ).length;

/** Until when it should be read, by its author's clock; -1 on the strategic line, which has none. */
export const readByMs = (message: Paper): number => {
  const { line, precedence } = contentOf(message);
  return line === "safety" ? message.at_ms + 1_000 * READ_S[precedence] : -1;
};

/** What one of two parties said to the other. */
export const between = (message: Paper, us: string, them: string): boolean =>
  (message.author === them && message.to.includes(us)) ||
  (message.author === us && message.to.includes(them));

/** Oldest first, by when its first version was said; the ref settles what is said at once. */
export const inOrder = <T extends Paper>(messages: Iterable<T>): T[] =>
  [...messages].sort((a, b) => a.first_ms - b.first_ms || (a.ref < b.ref ? -1 : 1));

/** The Zulu day, for the breaks between days: 2018-09-17. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The rung and its instant that an addressee has reached, the highest first. */
export function reached(one: Heard): { rung: string; ms: number } {
  if (one.answered_ms >= 0) return { rung: one.rung, ms: one.answered_ms };
  if (one.read_back_ms >= 0) return { rung: "read-back", ms: one.read_back_ms };
  if (one.read_ms >= 0) return { rung: "read", ms: one.read_ms };
  if (one.received_ms >= 0) return { rung: "received", ms: one.received_ms };
  return { rung: "sent", ms: -1 };
}

/** Ours, and some addressee's machine does not have it yet. */
export const waits = (message: Paper, party: string): boolean =>
  message.author === party &&
  !message.withdrawn &&
  message.heard.some((one) => one.received_ms < 0 && one.read_ms < 0 && one.answered_ms < 0);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u;
const LETTER = /\p{L}/u;

/** By its first letter (UAX 9, P2), as the node says it of messages. */
export function direction(text: string): "ltr" | "rtl" {
  for (const sign of text) if (LETTER.test(sign)) return RIGHT_TO_LEFT.test(sign) ? "rtl" : "ltr";
  return "ltr";
}

// Phrases --------------------------------------------------------------------------------------

const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[أإآ]/g, "ا")
    .replace(/ё/g, "е");

/** Phrases that have every word of the query in their meaning or in any language; a number finds
 * the phrases whose number begins with it. Best first. */
export function findPhrases(book: readonly Phrase[], query: string): Phrase[] {
  const asked = plain(query.trim());
  if (!asked) return [...book];
  const number = /^p?-?(\d{1,3})$/.exec(asked)?.[1];
  if (number) {
    return book
      .filter((one) => one.id.slice(2).startsWith(number))
      .sort((a, b) => Number(b.id.slice(2) === number) - Number(a.id.slice(2) === number));
  }
  const words = asked.split(/\s+/);
  return book.filter((one) => {
    const all = plain(
      [
        one.id,
        one.meaning,
        ...Object.values(one.wordings).flatMap(({ text, pronounced }) => [text, pronounced]),
      ].join("\n"),
    );
    return words.every((word) => all.includes(word));
  });
}

export interface Piece {
  text: string;
  /** The name of the blank that it fills, or "". */
  blank: string;
}

/** The wording in pieces: what stands between its blanks, and the blanks with what fills them. */
export function pieces(wording: string, filled: Readonly<Record<string, string>>): Piece[] {
  return wording
    .split(/(\{[a-z]+\})/)
    .filter(Boolean)
    .map((part) => {
      const blank = /^\{([a-z]+)\}$/.exec(part)?.[1] ?? "";
      return { text: blank ? filled[blank]?.trim() || part : part, blank };
    });
}

/** The phrase with its blanks filled, exactly as the book says it; the node checks it again. */
export const fill = (wording: string, filled: Readonly<Record<string, string>>): string =>
  pieces(wording, filled)
    .map(({ text }) => text)
    .join("");

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
/** An instant as the blank "time" has it: 2159Z 17 SEP 2018. */
export function zuluBlank(ms: number): string {
  const d = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const time = `${two(d.getUTCHours())}${two(d.getUTCMinutes())}Z`;
  return `${time} ${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

const LEVEL = "(?:FL\\d{3}|\\d{1,5}m)";
const FORMS: Record<string, RegExp> = {
  time: /^\d{4}Z \d{1,2} [A-Z]{3} \d{4}$/,
  band: new RegExp(`^(?:SFC|${LEVEL})-(?:UNL|${LEVEL})$`),
  callsign: /^\d{0,3}[A-Z][A-Z0-9-]{1,11}$/,
  number: /^(?:0|[1-9]\d{0,5})$/,
  place: /^(?:\p{L}|\d+(?:\.\d+)?[A-Za-z]).{0,79}$/u,
  channel: /^(?:\p{L}|\d+(?:\.\d+)?[A-Za-z]).{0,79}$/u,
};
/** Whether a value looks like its kind; the node decides. */
export const fits = (kind: string, value: string): boolean =>
  FORMS[kind]?.test(value.trim()) ?? value.trim() !== "";

/** The language that the other side wrote last, which is the one that it reads. */
export function theirLanguage(messages: readonly Paper[], us: string, else_: string): string {
  const last = inOrder(messages)
    .reverse()
    .find((one) => one.author !== us);
  return last ? contentOf(last).language : else_;
}

// Instants typed by hand ---------------------------------------------------------------------------

/** 2018-09-17 19:03:05Z */
export const zuluText = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");

/** The instant of "2018-09-17 19:03Z", seconds or not; null for what is none, or has no Z. */
export function parseZulu(text: string): number | null {
  const found = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?Z$/i.exec(text.trim());
  if (!found) return null;
  const iso = `${found[1]}T${found[2]}${found[3] ?? ":00"}.000Z`;
  const ms = Date.parse(iso);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === iso ? ms : null;
}
