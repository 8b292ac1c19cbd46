import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beside,
  columns,
  joined,
  packed,
  readJump,
  readPlace,
  stoodAt,
  stops,
  upTo,
  type Claim,
  type Fact,
  type Timeline,
} from "../src/incident/model";
import { lanes, seen, ticks, zoomed } from "../src/incident/placing";

const AT = Date.parse("2018-09-17T18:39:00Z");
const MINUTE = 60_000;

const claim = (ref: string, claimant: string, from: number | null, until = from): Claim => ({
  ref,
  version: 1,
  claimant,
  author: claimant,
  quoted: false,
  state: "stands",
  standing: "disputed",
  topic: "lead-time",
  aspect: "act",
  text: ref,
  said: {
    said: "the next day",
    from_ms: AT + 20 * MINUTE,
    until_ms: AT + 30 * MINUTE,
    inferred: [],
  },
  happened: null,
  from_ms: from,
  until_ms: until,
  place: null,
  least: null,
  most: null,
  unit: "",
  answer: "",
  against: [],
  marking: "",
  citation: "",
  refs: [],
  held_by: [],
  refused_by: [],
  objections: [],
  contradicts: [],
});

const fact = (kind: string, at_ms: number, more: Partial<Fact> = {}): Fact => ({
  at_ms,
  until_ms: null,
  received_ms: null,
  kind,
  ref: `${kind}:1`,
  by: "a",
  source: "log of a",
  words: kind,
  level: "",
  marking: "",
  index: 1,
  ...more,
});

const timeline = (more: Partial<Timeline> = {}): Timeline => ({
  incident: "incident:a-1",
  title: "",
  marking: "",
  party: "a",
  from_ms: AT - 10 * MINUTE,
  until_ms: AT + 60 * MINUTE,
  when: { said: "", from_ms: AT, until_ms: AT, inferred: [] },
  concerned: ["a", "b"],
  names: {},
  accounts: [
    { claimant: "a", party: true, claims: [claim("claim:a-1", "a", AT)] },
    { claimant: "b", party: true, claims: [claim("claim:b-1", "b", AT - MINUTE, AT + MINUTE)] },
  ],
  facts: [fact("notice", AT, { received_ms: AT + 5 * MINUTE }), fact("link-down", AT + MINUTE)],
  tracks: [],
  next: null,
  ...more,
});

test("pages are one timeline, a track that goes on over them is one track", () => {
  const track = { track: "T1", owner: "a", label: "", source: "log of a" };
  const fix = { lat_deg: 0, lon_deg: 0, uncertainty_m: null, source: "" };
  const first = timeline({ tracks: [{ ...track, points: [{ ...fix, at_ms: 2 }] }] });
  const second = timeline({
    accounts: [],
    facts: [fact("call", AT - 1)],
    tracks: [{ ...track, points: [{ ...fix, at_ms: 1 }] }],
  });
  const whole = joined([first, second]);
  assert.deepEqual(
    whole?.facts.map((one) => one.kind),
    ["call", "notice", "link-down"],
  );
  assert.deepEqual(
    whole?.tracks.map((one) => one.points.map((point) => point.at_ms)),
    [[1, 2]],
  );
  assert.equal(whole?.accounts.length, 2);
  assert.equal(joined([]), null);
});

test("the next event is behind the cursor, the previous before it, none beyond the ends", () => {
  const found = stops(timeline());
  assert.deepEqual(found, [AT - MINUTE, AT, AT + MINUTE]);
  assert.equal(beside(found, AT, 1), AT + MINUTE);
  assert.equal(beside(found, AT, -1), AT - MINUTE);
  assert.equal(beside(found, AT + 1, -1), AT);
  assert.equal(beside(found, AT + MINUTE, 1), null);
  assert.equal(beside(found, AT - MINUTE, -1), null);
  assert.equal(upTo([], 5), -1);
});

test("as known then, a claim stands when it was published and a fact when it was received", () => {
  const found = timeline();
  const now = stoodAt(found, AT, false);
  assert.deepEqual(
    now.claims.map((one) => one.ref),
    ["claim:a-1", "claim:b-1"],
  );
  assert.deepEqual(
    now.facts.map((one) => one.kind),
    ["notice"],
  );
  const then = stoodAt(found, AT, true);
  assert.deepEqual([then.claims, then.facts], [[], []]);
  assert.equal(stoodAt(found, AT + 5 * MINUTE, true).facts.length, 2);
});

test("a time to jump to names its clock; seconds and parties' own time are read", () => {
  const zones = { b: "Europe/Moscow" };
  const from = AT - 10 * MINUTE;
  assert.equal(readJump("18:39Z", from, zones).ms, AT);
  assert.equal(readJump("18:39:05Z", from, zones).ms, AT + 5000);
  assert.equal(readJump("21:39 b", from, zones).ms, AT);
  assert.equal(readJump("2018-09-17T18:39Z", from, zones).ms, AT);
  assert.equal(readJump("00:10:00Z", from, zones).ms, Date.parse("2018-09-18T00:10:00Z"));
  assert.equal(readJump("18:39", from, zones).wrong, "bare");
  assert.equal(readJump("25:00:00Z", from, zones).wrong, "unread");
});

test("a place is latitude first, by letters or by sign", () => {
  assert.deepEqual(readPlace("35.18N 35.65E"), { lat: 35.18, lon: 35.65 });
  assert.deepEqual(readPlace("35.18S, 35.65W"), { lat: -35.18, lon: -35.65 });
  assert.deepEqual(readPlace("-35.18 35.65"), { lat: -35.18, lon: 35.65 });
  assert.equal(readPlace("95N 10E"), null);
  assert.equal(readPlace("Latakia"), null);
});

test("nothing in a row overlaps; what finds no row shares the one that ends first", () => {
  assert.deepEqual(
    packed(
      [
        [0, 10],
        [5, 15],
        [11, 20],
        [12, 13],
      ],
      2,
    ),
    [0, 1, 0, 1],
  );
});

test("all concerned have a column, silent or not; the order is the same for every topic", () => {
  const spoke = (...names: string[]) => ({
    topic: "t",
    aspect: "act",
    standing: "",
    claims: names.map((claimant) => ({ ref: "", claim: { claimant } })),
    contradictions: [],
    distances: [],
    changes: [],
  });
  assert.deepEqual(columns(spoke("press", "b"), ["b", "press", "fr", "a"], ["a", "b"]), [
    "b",
    "press",
    "a",
  ]);
});

test("an outage is a bar until the link is up, or to the end", () => {
  const up = fact("link-up", AT + 3 * MINUTE, { ref: "link-down:1" });
  const bar = (facts: Fact[]) =>
    lanes(timeline({ facts }), 1000, (id) => id)
      .find((one) => one.kind === "facts")
      ?.pieces.find((one) => one.from_ms === AT + MINUTE)?.until_ms;
  const down = fact("link-down", AT + MINUTE);
  assert.equal(bar([down, up]), AT + 3 * MINUTE);
  assert.equal(bar([down]), AT + 60 * MINUTE);
});

test("what stands on the same few pixels is drawn once and counted", () => {
  const same = Array.from({ length: 500 }, (_, n) => fact("receipt", AT + n));
  const [lane] = lanes(timeline({ facts: same, accounts: [] }), 1000, (id) => id);
  assert.ok((lane?.pieces.length ?? 0) <= 2);
  assert.equal(
    lane?.pieces.reduce((sum, one) => sum + one.count, 0),
    500,
  );
});

test("a track is drawn where it was seen; zooming stays within the whole", () => {
  const fix = (at_ms: number) => ({ at_ms, lat_deg: 0, lon_deg: 0, uncertainty_m: 0, source: "" });
  const points = [0, MINUTE, 20 * MINUTE].map(fix);
  const track = { track: "T", owner: "", label: "", source: "", points };
  assert.deepEqual(seen(track), [
    [0, MINUTE],
    [20 * MINUTE, 20 * MINUTE],
  ]);
  const whole = [0, 3_600_000] as const;
  assert.deepEqual(zoomed(whole, whole, 0, 0.5), [0, 1_800_000]);
  assert.deepEqual(zoomed(whole, [1_800_000, 3_600_000], 3_600_000, 9), [0, 3_600_000]);
  assert.ok(ticks(0, 3_600_000, 500).length <= 8);
});
