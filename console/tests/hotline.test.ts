import assert from "node:assert/strict";
import test from "node:test";
import {
  between,
  direction,
  fill,
  findPhrases,
  fits,
  inOrder,
  mostUrgent,
  owes,
  parseZulu,
  reached,
  theirLanguage,
  unreadOf,
  waits,
  zuluBlank,
  zuluText,
  type Heard,
  type Message,
  type Phrase,
} from "../src/hotline/logic";
import { runs } from "../src/hotline/runs";

const AT = Date.UTC(2018, 8, 17, 19, 3, 5);

function heard(party: string, more: Partial<Heard> = {}): Heard {
  const never = { received_ms: -1, read_ms: -1, read_back_ms: -1, answered_ms: -1 };
  return { party, version: 1, rung: "received", number: 0, wrong: [], ...never, ...more } as Heard;
}

function message(ref: string, more: Record<string, unknown> = {}): Message {
  const content = { line: "safety", precedence: "priority", language: "ru", blanks: [] };
  return {
    ref,
    author: "green",
    to: ["blue"],
    first_ms: AT,
    at_ms: AT,
    withdrawn: false,
    heard: [heard("blue")],
    precedence: "priority",
    ...more,
    content: { ...content, read_back: [], phrase: "", ...(more["content"] as object) },
  } as unknown as Message;
}

function phrase(id: string, meaning: string, texts: Record<string, string>): Phrase {
  const wordings = Object.fromEntries(
    Object.entries(texts).map(([language, text]) => [
      language,
      { text, pronounced: "", direction: direction(text) },
    ]),
  );
  return { id, meaning, replies: [], blanks: [], wordings };
}

const BOOK = [
  phrase("p-101", "All fire is to cease.", { en: "Stop.", ru: "Стоп. Всё.", ar: "أوقفوا النار" }),
  phrase("p-103", "No fire is to be opened.", { en: "Hold fire near {place} until {time}." }),
  phrase("p-901", "The message came.", { en: "Received.", he: "התקבל" }),
];

test("what we owe on a message is first to read it, then to read its values back", () => {
  assert.equal(owes(message("message:green-1"), "blue"), "read");
  const read = { heard: [heard("blue", { rung: "read", read_ms: AT })] };
  assert.equal(owes(message("message:green-1", read), "blue"), "");
  const asks = { ...read, content: { read_back: [{ name: "time", value: "2159Z" }] } };
  assert.equal(owes(message("message:green-1", asks), "blue"), "read-back");
  assert.equal(owes(message("message:green-1", { withdrawn: true }), "blue"), "");
});

test("the strategic line is never counted among what the watch has not read", () => {
  const all = [message("a"), message("b", { content: { line: "strategic" } })];
  assert.equal(unreadOf(all, "blue", "safety"), 1);
  assert.equal(unreadOf(all, "blue", "strategic"), 1);
});

test("the most urgent that waits comes first, the oldest of its precedence", () => {
  const all = [
    message("a", { precedence: "routine", first_ms: AT - 9 }),
    message("b", { precedence: "flash", first_ms: AT }),
    message("c", { precedence: "flash", first_ms: AT - 1 }),
    message("d", {
      precedence: "flash",
      first_ms: AT - 5,
      heard: [heard("blue", { rung: "read" })],
    }),
  ];
  assert.equal(mostUrgent(all, "blue")?.ref, "c");
});

test("messages stand in the order in which they were said, whatever the order they came in", () => {
  const all = [message("b"), message("c", { first_ms: AT - 1 }), message("a")];
  assert.deepEqual(
    inOrder(all).map((one) => one.ref),
    ["c", "a", "b"],
  );
});

test("a conversation is what the two said to each other", () => {
  assert.ok(between(message("a"), "blue", "green"));
  assert.ok(between(message("a", { author: "blue", to: ["green"] }), "blue", "green"));
  assert.ok(!between(message("a", { author: "blue", to: ["white"] }), "blue", "green"));
});

test("ours waits until the other side's machine has it", () => {
  const ours = { author: "blue", to: ["green"] };
  assert.ok(waits(message("a", { ...ours, heard: [heard("green")] }), "blue"));
  assert.ok(
    !waits(message("a", { ...ours, heard: [heard("green", { received_ms: AT })] }), "blue"),
  );
  assert.ok(!waits(message("a"), "blue"));
});

test("the rung that is shown is the highest that was reached", () => {
  assert.deepEqual(reached(heard("blue")), { rung: "sent", ms: -1 });
  assert.equal(reached(heard("blue", { received_ms: 1, read_ms: 2 })).rung, "read");
  assert.deepEqual(
    reached(heard("blue", { read_ms: 2, read_back_ms: 3, answered_ms: 4, rung: "unable" })),
    { rung: "unable", ms: 4 },
  );
});

test("a phrase is found by its number, by words in any language, and without accents", () => {
  const found = (query: string) => findPhrases(BOOK, query).map((one) => one.id);
  assert.deepEqual(found("103"), ["p-103"]);
  assert.deepEqual(found("10"), ["p-101", "p-103"]);
  assert.deepEqual(found("p-901"), ["p-901"]);
  assert.deepEqual(found("все стоп"), ["p-101"]);
  assert.deepEqual(found("اوقفوا"), ["p-101"]);
  assert.deepEqual(found("התקבל"), ["p-901"]);
  assert.deepEqual(found("hold FIRE"), ["p-103"]);
  assert.deepEqual(found("nothing of the kind"), []);
});

test("a phrase is filled as the book says it, and an empty blank stays in sight", () => {
  const text = "Hold fire near {place} until {time}.";
  assert.equal(
    fill(text, { place: " N35.48 E035.95 ", time: "2159Z 17 SEP 2018" }),
    "Hold fire near N35.48 E035.95 until 2159Z 17 SEP 2018.",
  );
  assert.equal(fill(text, { place: "" }), text);
  assert.equal(fill("{place}", { place: "{time}" }), "{time}");
});

test("blanks have one form each", () => {
  assert.equal(zuluBlank(AT), "1903Z 17 SEP 2018");
  assert.ok(fits("time", zuluBlank(AT)) && !fits("time", "in ten minutes"));
  assert.ok(fits("band", "SFC-3000m") && !fits("band", "3000"));
  assert.ok(fits("place", "36SYD1234") && !fits("place", "300 m"));
  assert.ok(!fits("place", ""));
});

test("an instant that is typed has a day and a Z", () => {
  assert.equal(parseZulu(zuluText(AT)), AT);
  assert.equal(parseZulu("2018-09-17 19:03Z"), AT - 5_000);
  assert.equal(parseZulu("2018-09-17 19:03"), null);
  assert.equal(parseZulu("2018-02-30 19:03Z"), null);
  assert.equal(parseZulu("2018-09-17 24:03Z"), null);
});

test("in right-to-left text each value is one run, and a list of values stays in its order", () => {
  const values = (text: string) => runs(text).filter((_, n) => n % 2);
  assert.deepEqual(values("ارتفاع 300 m عند 2159Z 17 SEP 2018، قناة VHF 121.500."), [
    "300 m",
    "2159Z 17 SEP 2018",
    "VHF 121.500",
  ]);
  assert.deepEqual(values("10:00, 300 m"), ["10:00", "300 m"]);
  assert.equal(runs("עד 5,000 m").join(""), "עד 5,000 m");
});

test("the first letter gives the direction", () => {
  assert.equal(direction("300 م"), "rtl");
  assert.equal(direction("300 m שלום"), "ltr");
  assert.equal(direction("12:00"), "ltr");
});

test("the other side reads the language that it wrote last", () => {
  const all = [message("a", { first_ms: 1 }), message("b", { author: "blue", first_ms: 2 })];
  assert.equal(theirLanguage(all, "blue", "en"), "ru");
  assert.equal(theirLanguage([], "blue", "en"), "en");
});
