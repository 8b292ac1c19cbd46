import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dd, dms, fromNearest, mgrs } from "../src/map/coords";
import { circle, gone, leg, type Place } from "../src/map/geo";

const golden = JSON.parse(readFileSync("tests/map.golden.json", "utf8")) as {
  named: (Place & { name: string })[];
  points: (Place & { dd: string; dms: string; mgrs: string; from: string })[];
  legs: { a: [number, number]; b: [number, number]; bearing: number; metres: number }[];
  ways: { a: [number, number]; bearing: number; metres: number; lat: number; lon: number }[];
};
const at = ([lat, lon]: [number, number]): Place => ({ lat, lon });
const apart = (a: number, b: number): number => Math.abs(((a - b + 540) % 360) - 180);

test("legs are as long as the node says, and begin as it says", () => {
  for (const one of golden.legs) {
    const found = leg(at(one.a), at(one.b));
    assert.ok(Math.abs(found.metres - one.metres) < 0.01, `${one.a} to ${one.b}`);
    if (one.metres > 0) assert.ok(apart(found.bearing, one.bearing) < 1e-6);
  }
});

test("a way ends where the node says", () => {
  for (const one of golden.ways) {
    const end = gone(at(one.a), one.bearing, one.metres);
    assert.ok(leg(end, one).metres < 0.01, `${one.a} ${one.bearing} ${one.metres}`);
  }
});

test("each point of a circle is as far away as its radius", () => {
  for (const [lon, lat] of circle({ lat: 60, lon: 179.99 }, 30_000))
    assert.ok(Math.abs(leg({ lat: 60, lon: 179.99 }, { lat, lon }).metres - 30_000) < 0.01);
});

test("points of nearly opposite sides of the Earth have an answer", () => {
  const { metres } = leg({ lat: 0, lon: 0 }, { lat: 0, lon: 179.9 });
  assert.ok(Math.abs(metres - 20_003_008) < 15_000);
});

test("decimal degrees, degrees-minutes-seconds and MGRS are written as the node writes them", () => {
  for (const one of golden.points) {
    assert.equal(dd(one), one.dd);
    assert.equal(dms(one), one.dms);
    assert.equal(mgrs(one), one.mgrs);
  }
});

test("range and bearing are taken from the nearest named point, as the node does", () => {
  for (const one of golden.points) {
    const text = fromNearest(one, golden.named);
    const metres = Number(/\/([\d.]+)km/.exec(one.from)?.[1]) * 1000;
    assert.equal(text, metres < 2_000_000 ? one.from : "");
  }
});
