import assert from "node:assert/strict";
import test from "node:test";
import { readHeight, type Air } from "../src/notice/band";
import { earliest, instantsOf, readWhen, short } from "../src/notice/when";
import {
  changesOf,
  collectionOf,
  EMPTY,
  fillFrom,
  readSize,
  readWords,
  type Collection,
  type Words,
} from "../src/notice/words";

const NOW = Date.UTC(2031, 4, 10, 9, 20, 30);
const ZONES = { blue: "Europe/Athens", green: "Asia/Tehran" };
const given = { from_ms: NOW, zones: ZONES };
const at = (text: string, more: object = {}) => readWhen(text, { ...given, ...more });
const utc = (...parts: [number, number, number, number, number]) =>
  Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4]);

test("an instant is read in Zulu, short and whole", () => {
  for (const text of ["10:00Z", "1000Z", "101000Z", "10 10:00Z", "2031-05-10T10:00Z", "10:00 utc"])
    assert.equal(at(text).ms, utc(2031, 5, 10, 10, 0), text);
  assert.equal(at("2031-05-10T10:00:30Z").ms, utc(2031, 5, 10, 10, 0) + 30_000);
});

test("an hour that is long past is of tomorrow, one just past of today", () => {
  assert.equal(at("08:00Z").ms, utc(2031, 5, 11, 8, 0));
  assert.equal(at("09:00Z").ms, utc(2031, 5, 10, 9, 0));
  assert.equal(at("09:00Z", { strict: true }).ms, utc(2031, 5, 11, 9, 0));
});

test("an instant is read in a party's time, by its name, its zone or an offset", () => {
  for (const text of ["13:00 blue", "13:00 Europe/Athens", "13:00+03:00", "2031-05-10 13:30 green"])
    assert.equal(at(text).ms, utc(2031, 5, 10, 10, 0), text);
});

test("a bare time is refused, and so is a zone that nobody has", () => {
  assert.equal(at("10:00").wrong, "bare");
  assert.equal(at("2031-05-10T10:00").wrong, "bare");
  assert.equal(at("10:00 red").wrong, "zone");
  assert.equal(at("tomorrow").wrong, "unread");
  assert.equal(at("25:00Z").wrong, "unread");
  assert.equal(at("2031-02-30T10:00Z").wrong, "unread");
  assert.equal(at("").wrong, "empty");
});

test("an hour that the clocks leave out or show twice is refused", () => {
  assert.equal(at("2031-03-30 03:30 blue").wrong, "gap");
  assert.equal(at("2031-10-26 03:30 blue").wrong, "twice");
  assert.equal(
    instantsOf({ year: 2031, month: 10, day: 26, hour: 3, minute: 30 }, "Europe/Athens").length,
    2,
  );
});

test("minutes from now are whole minutes", () => {
  assert.equal(at("+30").ms, utc(2031, 5, 10, 9, 51));
  assert.equal(at("+1h15").ms, utc(2031, 5, 10, 10, 36));
  assert.equal(at("+").wrong, "unread");
});

test("the earliest window leaves the lead time and time to release", () => {
  const start = earliest(NOW, 1800);
  assert.ok(start - NOW >= 1800_000 + 300_000);
  assert.equal(start % 300_000, 0);
  assert.equal(at(short(start)).ms, start);
});

const AIR: Air = { qnh_low_hpa: null, qnh_high_hpa: null, undulation_m: null };

test("metres and feet are taken as they are, rounded outward", () => {
  assert.equal(readHeight("3 000", "m", false, AIR).metres, 3000);
  assert.equal(readHeight("10000", "ft", true, AIR).metres, 3048);
  assert.equal(readHeight("1 ft", "m", true, AIR).metres, 0.3);
  assert.equal(readHeight("1 ft", "m", false, AIR).metres, 0.31);
});

test("sea level lies between what holds anywhere and what is known here", () => {
  assert.equal(readHeight("1000 m amsl", "m", true, AIR).metres, 892);
  assert.equal(readHeight("1000 m amsl", "m", false, AIR).metres, 1088);
  const here = { ...AIR, undulation_m: 20 };
  assert.equal(readHeight("1000", "m-amsl", true, here).metres, 1019);
});

test("a flight level is the node's band, rounded outward to metres", () => {
  // Band of PressureAltitude FL100 in parley.space: 1797.07..4032.60 m, and 2732.82..3398.96 m
  assert.equal(readHeight("FL100", "m", true, AIR).metres, 1797);
  assert.equal(readHeight("FL100", "m", false, AIR).metres, 4033);
  const told = { qnh_low_hpa: 1010, qnh_high_hpa: 1016, undulation_m: 20 };
  assert.equal(readHeight("100", "fl", true, told).metres, 2732);
  assert.equal(readHeight("100", "fl", false, told).metres, 3399);
  assert.equal(readHeight("FL100", "m", true, { ...told, qnh_low_hpa: 100 }).wrong, "qnh");
});

test("what is no height is refused", () => {
  for (const text of ["high", "10 furlongs", "1e9", "--3"])
    assert.equal(readHeight(text, "m", true, AIR).wrong, "unread", text);
  assert.equal(readHeight("999999", "m", false, AIR).wrong, "range");
  assert.equal(readHeight("UNL", "m", true, AIR).wrong, "unread");
});

test("a size is metres unless it says so", () => {
  assert.equal(readSize("4km", "radius_m"), 4000);
  assert.equal(readSize("2 NM", "half_width_m"), 3704);
  assert.equal(readSize("", "margin_m"), 0);
  assert.equal(readSize("", "radius_m"), null);
  assert.equal(readSize("-3", "radius_m"), null);
});

const filled: Words = {
  ...EMPTY,
  pieces: [
    {
      geometry: { type: "Point", coordinates: [20, 40] },
      size: "4km",
      use: "activity",
      own: {},
    },
  ],
  start: "11:00Z",
  end: "+30",
  activity_class: "transit",
  to: ["green"],
  text: " Transit ",
};
const read = (words: Words) => readWords(words, { now_ms: NOW, zones: ZONES });

test("what is lacking is named in the order of the form", () => {
  assert.deepEqual(read(EMPTY).lacking, ["place", "start", "end", "class"]);
  assert.deepEqual(read({ ...filled, to: [] }).lacking, ["to"]);
  assert.deepEqual(read(filled).lacking, []);
  assert.deepEqual(read({ ...filled, floor: "4000" }).lacking, ["upside-down"]);
  assert.deepEqual(read({ ...filled, end: "2031-05-10T10:00Z" }).lacking, ["backwards"]);
});

test("the form makes a draft, and the draft fills the form", () => {
  const made = collectionOf(filled, read(filled), "transit");
  assert.ok(made);
  const [feature] = made.features;
  assert.deepEqual(feature?.properties, {
    class: "transit",
    use: "activity",
    floor_m: 0,
    ceiling_m: 3000,
    height_reference: "WGS84",
    start: "2031-05-10T11:00:00.000Z",
    end: "2031-05-10T11:30:00.000Z",
    radius_m: 4000,
    text: "Transit",
  });
  const back = fillFrom({ ...EMPTY, to: ["green"] }, made);
  assert.deepEqual(collectionOf(back, read(back), "transit"), made);
  assert.deepEqual(changesOf(made, made), []);
});

test("what each area said of itself is kept until somebody fills in one for all", () => {
  const both: Collection = {
    type: "FeatureCollection",
    features: [1000, 2000].map((ceiling_m) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [20, 40] },
      properties: { radius_m: 100, floor_m: 0, ceiling_m },
    })),
  };
  const words = fillFrom(filled, both);
  assert.equal(words.own_heights, true);
  const kept = collectionOf(words, read(words), "transit");
  assert.deepEqual(
    kept?.features.map((one) => one.properties?.["ceiling_m"]),
    [1000, 2000],
  );
  const over = { ...words, own_heights: false, ceiling: "500" };
  assert.equal(
    collectionOf(over, read(over), "transit")?.features[0]?.properties?.["ceiling_m"],
    500,
  );
});
