// What of the map is left out, what comes first in its lists, where labels and bars stand.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boxAt,
  cornerFor,
  inOrder,
  linesOf,
  noneOnScreen,
  project,
  Taken,
  type Box,
} from "../src/map/blocks";
import type { Volume } from "../src/map/contract";
import { hiddenRows, keepsVolume } from "../src/map/filtering";
import {
  ALARMED,
  COASTING,
  EMERGENCY,
  framed,
  marksOf,
  STRIDE,
  UNACKNOWLEDGED,
  type Columns,
  type Frame,
} from "../src/map/frames";
import { mercatorX, mercatorY } from "../src/map/geo";
import type { Camera } from "../src/map/gl";
import { ordered, touches, trackEntries, volumeEntries } from "../src/map/insight";
import { levelIn, stepOf, TOP_M } from "../src/map/levels";
import { barsOf, COLUMNS, metresAt, shareOf, stepped } from "../src/map/strip";

interface Plane {
  id: string;
  owner?: string;
  lat?: number;
  lon?: number;
  height?: number | null;
  flags?: number;
  status?: number;
  age?: number;
}

function frameOf(planes: readonly Plane[]): { frame: Frame; ids: string[] } {
  const ids = planes.map((one) => one.id);
  const owners = planes.map((one) => one.owner ?? "");
  const all = <T>(of: (one: Plane) => T): T[] => planes.map(of);
  const columns: Columns = {
    count: planes.length,
    id: ids,
    label: ids,
    owner: owners,
    lat: all((one) => one.lat ?? 40),
    lon: all((one) => one.lon ?? 20),
    radius_m: all(() => 50),
    vertical_m: all(() => null),
    speed_mps: all(() => 200),
    course_deg: all(() => 90),
    climb_mps: all(() => 5),
    height_m: all((one) => (one.height === undefined ? 5000 : one.height)),
    pressure_m: all(() => null),
    age_s: all((one) => one.age ?? 1),
    seen_ms: all(() => 0),
    status: all((one) => one.status ?? 0),
    flags: all((one) => one.flags ?? 0),
  };
  const frame = framed(columns, null, { swept: 1, now_ms: 0, party: "blue", ids, owners });
  return { frame, ids };
}

/** Looks straight down at 40 N 20 E: a screen of 1000 x 800, ten pixels a thousandth of the world. */
const SIZE = { width: 1000, height: 800 };
const camera: Camera = {
  matrix: Float32Array.from([20, 0, 0, 0, 0, -25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
  middle: [mercatorX(20), mercatorY(40), 0, 0],
  pixel: [2 / SIZE.width, 2 / SIZE.height],
  lift: 0,
  ratio: 1,
};

const volume = (id: string, more: Partial<Volume> = {}): Volume => ({
  id,
  ref: `notice:${id}`,
  kind: "declared",
  origin: "declared",
  label: id,
  party: "green",
  outline: {
    type: "Polygon",
    coordinates: [
      [
        [19, 39],
        [21, 39],
        [21, 41],
        [19, 41],
        [19, 39],
      ],
    ],
  },
  floor_m: 0,
  ceiling_m: 3000,
  from_ms: 0,
  until_ms: 1,
  exercise: false,
  state: "",
  ...more,
});

const high = { floor_m: 6000, ceiling_m: 12_000, kinds: new Set<string>() };
const everything = {
  floor_m: 9000,
  ceiling_m: 9001,
  kinds: new Set(["declared", "hazard", "protected", "named", "third-party", "account", "tracks"]),
};
const none = { selected: "", alarmed: new Set<string>() };

test("a band hides what is outside it and keeps what touches it or has no height", () => {
  assert.equal(keepsVolume(volume("low"), high, none), false);
  assert.equal(keepsVolume(volume("edge", { ceiling_m: 6000 }), high, none), true);
  assert.equal(keepsVolume(volume("any", { floor_m: null, ceiling_m: null }), high, none), true);
});

test("no filter hides STOP, DISTRESS, non-conformance, ours, what is selected or in alarm", () => {
  for (const kind of ["stop", "distress", "nonconformance", "moving", "draft"] as const)
    assert.equal(keepsVolume(volume("one", { kind }), everything, none), true, kind);
  assert.equal(keepsVolume(volume("ours", { origin: "own" }), everything, none), true);
  assert.equal(
    keepsVolume(volume("chosen"), everything, { ...none, selected: "notice:chosen" }),
    true,
  );
  const alarmed = new Set(["notice:loud"]);
  assert.equal(keepsVolume(volume("loud"), everything, { ...none, alarmed }), true);
  assert.equal(keepsVolume(volume("quiet"), everything, { ...none, alarmed }), false);
});

test("no filter hides a track of ours, in emergency, in alarm or selected; the others are counted", () => {
  const { frame, ids } = frameOf([
    { id: "own", owner: "blue" },
    { id: "mayday", flags: EMERGENCY },
    { id: "alarm", flags: ALARMED },
    { id: "chosen" },
    { id: "named" },
    { id: "other" },
    { id: "green", owner: "green" },
  ]);
  const kept = { selected: "track:chosen", alarmed: new Set(["track:named"]) };
  const hidden = hiddenRows(frame, ids, everything, kept);
  assert.deepEqual([...(hidden?.rows ?? [])], [0, 0, 0, 0, 0, 1, 1]);
  assert.equal(hidden?.count, 2);
});

test("a track whose height is not known is in every band", () => {
  const { frame, ids } = frameOf([{ id: "unknown", height: null }]);
  assert.equal(hiddenRows(frame, ids, high, none), null);
});

test("nothing of a hidden track stays behind", () => {
  const { frame } = frameOf([
    { id: "a", flags: 1 },
    { id: "b", flags: 1 },
  ]);
  assert.equal(marksOf(frame).length, 2 * STRIDE);
  assert.equal(marksOf(frame, Uint8Array.from([1, 0])).length, STRIDE);
});

test("tracks on the screen are found where they are drawn, across the antimeridian too", () => {
  const { frame } = frameOf([{ id: "middle" }, { id: "away", lon: 60 }, { id: "east", lon: 20.5 }]);
  const seen = project(frame, camera, SIZE, null, noneOnScreen());
  assert.deepEqual([...seen.rows.subarray(0, seen.count)], [0, 2]);
  assert.ok(Math.abs((seen.x[0] ?? 0) - 500) < 0.01 && Math.abs((seen.y[0] ?? 0) - 400) < 0.01);
  assert.ok((seen.x[1] ?? 0) > 500);
  const pacific = { ...camera, middle: [mercatorX(179.9), mercatorY(40), 0, 0] } as Camera;
  const over = frameOf([{ id: "beyond", lon: -179.9 }]).frame;
  assert.equal(project(over, pacific, SIZE, null, noneOnScreen()).count, 1);
});

test("labels go first to the selected, to alarms, to ours, then to the middle", () => {
  const { frame } = frameOf([
    { id: "far", lon: 20.8 },
    { id: "near", lon: 20.1 },
    { id: "own", owner: "blue", lon: 20.9 },
    { id: "alarm", flags: ALARMED, lon: 21 },
    { id: "waits", flags: ALARMED | UNACKNOWLEDGED, lon: 21.1 },
    { id: "chosen", lon: 21.2 },
  ]);
  const seen = project(frame, camera, SIZE, null, noneOnScreen());
  const order = inOrder(frame, seen, 5, SIZE).map((at) => seen.rows[at]);
  assert.deepEqual(order, [5, 4, 3, 2, 1, 0]);
});

test("of thousands only the first are put in order, the same as if all were", () => {
  const planes = Array.from({ length: 3000 }, (_, n) => ({
    id: `t${n}`,
    lat: 40 + ((n * 37) % 101) / 500,
    lon: 20 + ((n * 53) % 997) / 1000,
    flags: n % 500 === 0 ? EMERGENCY : 0,
  }));
  const { frame } = frameOf(planes);
  const seen = project(frame, camera, SIZE, null, noneOnScreen());
  assert.ok(seen.count > 1300);
  const few = inOrder(frame, seen, -1, SIZE, 50);
  const all = inOrder(frame, seen, -1, SIZE, seen.count);
  assert.deepEqual(few, all.slice(0, few.length));
  assert.ok(few.length > 40);
});

test("no label stands over another or over the edge", () => {
  const taken = new Taken(SIZE.width, SIZE.height);
  const boxes: Box[] = [];
  for (let n = 0; n < 60; n += 1) {
    const [x, y] = [(n * 137) % 1000, (n * 211) % 800];
    const corner = cornerFor(x, y, [90, 32], taken, SIZE);
    if (corner < 0) continue;
    const box = boxAt(x, y, corner, [90, 32]);
    taken.take(box);
    boxes.push(box);
  }
  assert.ok(boxes.length > 30);
  boxes.forEach((a, n) => {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= 1000 && a.y + a.height <= 800);
    for (const b of boxes.slice(n + 1))
      assert.ok(
        a.x + a.width <= b.x ||
          b.x + b.width <= a.x ||
          a.y + a.height <= b.y ||
          b.y + b.height <= a.y,
      );
  });
});

test("a label stays on its side while that is free", () => {
  const taken = new Taken(SIZE.width, SIZE.height);
  assert.equal(cornerFor(500, 400, [90, 32], taken, SIZE, 3), 3);
  taken.take(boxAt(500, 400, 3, [90, 32]));
  assert.notEqual(cornerFor(500, 400, [90, 32], taken, SIZE, 3), 3);
});

test("a datablock says who, how high, how fast, what is wrong and how old", () => {
  const words = { coasting: "COASTING", lost: "LOST", doubted: "doubted", emergency: "EMERGENCY" };
  const { frame } = frameOf([
    { id: "icao:1", status: COASTING, flags: EMERGENCY, age: 12 },
    { id: "icao:2" },
  ]);
  const name = { id: "icao:1", label: "GREEN7", owner: "green" };
  assert.deepEqual(linesOf(frame, 0, name, "m", words), [
    "GREEN7 · green",
    "5 000 m h↑ 200 m/s",
    "EMERGENCY COASTING 12 s",
  ]);
  assert.equal(linesOf(frame, 1, { id: "icao:2", label: "", owner: "" }, "m", words).length, 2);
});

test("what is in view: one entry an item, alarms first, then from the middle outwards", () => {
  const view = [15, 35, 25, 45] as const;
  const shifted = (lon: number) => ({
    type: "Polygon" as const,
    coordinates: [
      [
        [lon, 39],
        [lon + 1, 39],
        [lon + 1, 41],
        [lon, 41],
        [lon, 39],
      ],
    ],
  });
  const volumes = [
    volume("hazard", { ref: "notice:one", kind: "hazard" }),
    volume("one"),
    volume("two", { outline: shifted(23) }),
    volume("gone", { outline: shifted(100) }),
    volume("halt", { ref: "stop:1", kind: "stop", outline: shifted(24) }),
  ];
  const found = volumeEntries(volumes, view, { selected: "", alarmed: new Set(["notice:two"]) });
  const { frame, ids } = frameOf([
    { id: "t1", lon: 20.3 },
    { id: "t2", flags: EMERGENCY },
  ]);
  const seen = project(frame, camera, SIZE, null, noneOnScreen());
  const all = ordered([...found, ...trackEntries(frame, ids, seen, SIZE, -1, 100)]);
  assert.deepEqual(
    all.map((one) => one.ref),
    ["track:t2", "stop:1", "notice:two", "notice:one", "track:t1"],
  );
  const one = found.find((entry) => entry.ref === "notice:one");
  assert.equal(one?.first.kind, "declared");
  assert.equal(one?.all.length, 2);
});

test("a view beyond the antimeridian sees what is on either side", () => {
  assert.ok(touches([-179, 10, -178, 11], [175, 0, 185, 20]));
  assert.ok(touches([176, 10, 177, 11], [-185, 0, -175, 20]));
  assert.ok(!touches([0, 10, 1, 11], [175, 0, 185, 20]));
});

test("bars of the same heights stand side by side", () => {
  const entries = volumeEntries(
    [volume("a"), volume("b"), volume("c", { floor_m: 5000, ceiling_m: 30_000 })],
    [15, 35, 25, 45],
    { selected: "", alarmed: new Set() },
  );
  const bars = barsOf(entries);
  assert.deepEqual(
    bars.map((one) => [one.ref, one.column, one.ceiling_m]),
    [
      ["notice:a", 0, 3000],
      ["notice:b", 1, 3000],
      ["notice:c", 0, TOP_M],
    ],
  );
  assert.ok(bars.every((one) => one.column < COLUMNS));
});

test("a handle rests on whole steps and reaches both ends", () => {
  const step = stepOf("fl");
  assert.equal(levelIn(stepped(5500, step), "fl"), "FL180");
  assert.equal(stepped(100, step), 0);
  assert.equal(stepped(19_990, step), TOP_M);
  assert.equal(metresAt(shareOf(7500)), 7500);
  assert.equal(metresAt(-3), TOP_M);
  assert.equal(levelIn(5500, "m"), "5 500 m");
});
