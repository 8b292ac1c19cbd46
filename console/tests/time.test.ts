import assert from "node:assert/strict";
import test from "node:test";
import { local, span, zulu } from "../src/ui/time";

test("an instant is told in Zulu first, with its day", () => {
  assert.equal(zulu(Date.UTC(2018, 8, 17, 19, 3, 5)), "17 19:03Z");
  assert.equal(zulu(Date.UTC(2018, 8, 17, 19, 3, 5), true), "2018-09-17 Mon 19:03:05Z");
});

test("the same instant in a party's zone names its offset and its own day", () => {
  assert.match(
    local(Date.UTC(2018, 8, 17, 22, 3), "Asia/Jerusalem"),
    /^Tue 18 Sept? 01:03 \+03:00$/,
  );
  assert.equal(local(0, "no/zone"), "");
});

test("what is past has a minus sign", () => {
  assert.equal(span(-61_000), "-01:01");
  assert.equal(span(3_661_000), "1:01:01");
});
