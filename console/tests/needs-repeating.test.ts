// A read-back as it is typed, against what was said.
import assert from "node:assert/strict";
import test from "node:test";
import {
  compared,
  complete,
  dateIn,
  differing,
  formOf,
  instantOf,
  type Said,
  type Typed,
} from "../src/needs/repeating";

const SAID: Said = {
  start_ms: Date.UTC(2031, 4, 1, 10, 0),
  end_ms: Date.UTC(2031, 4, 1, 11, 30),
  floor_m: 0,
  ceiling_m: 3048,
  place: "lake",
};
const TYPED: Typed = {
  startDate: "2031-05-01",
  startTime: "10:00",
  endDate: "2031-05-01",
  endTime: "1130",
  zone: "UTC",
  floor: "0",
  ceiling: "10,000",
  unit: "ft",
  place: "Lake",
};

test("what is repeated rightly goes out as it was said", () => {
  const read = compared(TYPED, SAID);
  assert.deepEqual(differing(read), []);
  assert.ok(complete(read));
  assert.deepEqual(formOf(read), {
    start: "2031-05-01T10:00:00.000Z",
    end: "2031-05-01T11:30:00.000Z",
    floor_m: 0,
    ceiling_m: 3048,
    place: "lake",
  });
});

test("each field that differs is named, and goes out as it was typed", () => {
  const read = compared({ ...TYPED, startTime: "10:05", ceiling: "9000", place: "river" }, SAID);
  assert.deepEqual(differing(read), ["start_ms", "ceiling_m", "place"]);
  assert.equal(formOf(read).start, "2031-05-01T10:05:00.000Z");
  assert.equal(formOf(read).ceiling_m, 2743);
});

test("local time of a party is the same instant, over the change of clocks too", () => {
  assert.equal(instantOf("2031-05-01", "13:00", "Asia/Jerusalem")?.ms, Date.UTC(2031, 4, 1, 10, 0));
  assert.equal(
    instantOf("2031-01-15", "12:00", "Asia/Jerusalem")?.ms,
    Date.UTC(2031, 0, 15, 10, 0),
  );
  assert.equal(instantOf("2031-05-01", "13:00Z", "Asia/Jerusalem")?.ms, Date.UTC(2031, 4, 1, 13));
});

test("an instant said to the second is repeated by its minute, not by another", () => {
  const said = { ...SAID, start_ms: SAID.start_ms + 42_017 };
  assert.deepEqual(differing(compared(TYPED, said)), []);
  assert.deepEqual(differing(compared({ ...TYPED, startTime: "10:00:41" }, said)), ["start_ms"]);
  assert.equal(Date.parse(formOf(compared(TYPED, said)).start), said.start_ms);
});

test("what is none is never sent", () => {
  for (const part of [
    { startTime: "25:00" },
    { startTime: "soon" },
    { endDate: "2031-02-30" },
    { ceiling: "high" },
    { floor: "" },
    { place: "" },
  ])
    assert.equal(complete(compared({ ...TYPED, ...part }, SAID)), false, JSON.stringify(part));
});

test("a foot names the metre that it falls into, and no other", () => {
  assert.deepEqual(differing(compared({ ...TYPED, ceiling: "9995" }, SAID)), ["ceiling_m"]);
  assert.deepEqual(differing(compared({ ...TYPED, unit: "m", ceiling: "3047" }, SAID)), [
    "ceiling_m",
  ]);
});

test("the date that is filled in is that of the zone", () => {
  const late = Date.UTC(2031, 4, 1, 22, 30);
  assert.equal(dateIn(late, "UTC"), "2031-05-01");
  assert.equal(dateIn(late, "Asia/Jerusalem"), "2031-05-02");
});
