// Distances and ways on the ellipsoid of WGS 84 (Vincenty's formulae, Survey Review 1975), and the
// square world that the map is drawn in (spherical Mercator, 0..1).
import type { MultiPolygon, Polygon } from "geojson";

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const RAD = Math.PI / 180;
export const MAX_LAT = 85.05;

export interface Place {
  lat: number;
  lon: number;
}

export interface Leg {
  metres: number;
  /** At its start, degrees true, 0..360. */
  bearing: number;
}

/** Great-circle answer: for points so nearly opposite that the iteration does not settle. */
function onSphere(from: Place, to: Place): Leg {
  const [p, q, l] = [from.lat * RAD, to.lat * RAD, (to.lon - from.lon) * RAD];
  const y = Math.sin(l) * Math.cos(q);
  const x = Math.cos(p) * Math.sin(q) - Math.sin(p) * Math.cos(q) * Math.cos(l);
  const along = Math.sin(p) * Math.sin(q) + Math.cos(p) * Math.cos(q) * Math.cos(l);
  return {
    metres: 6371008.8 * Math.atan2(Math.hypot(x, y), along),
    bearing: turn(Math.atan2(y, x)),
  };
}

const turn = (radians: number): number => (radians / RAD + 360) % 360;

/** The shortest way from one place to another. Within 1 mm below 19,900 km. */
export function leg(from: Place, to: Place): Leg {
  const l = ((((to.lon - from.lon + 540) % 360) + 360) % 360) - 180;
  const length = l * RAD;
  const [u1, u2] = [
    Math.atan((1 - F) * Math.tan(from.lat * RAD)),
    Math.atan((1 - F) * Math.tan(to.lat * RAD)),
  ];
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = length;
  for (let n = 0; n < 100; n += 1) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return { metres: 0, bearing: 0 };
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2 = 1 - sinAlpha * sinAlpha;
    const middle = cos2 === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2;
    const c = (F / 16) * cos2 * (4 + F * (4 - 3 * cos2));
    const last = lambda;
    lambda =
      length +
      (1 - c) *
        F *
        sinAlpha *
        (sigma + c * sinSigma * (middle + c * cosSigma * (2 * middle * middle - 1)));
    if (Math.abs(lambda - last) < 1e-12) {
      const metres = B * stretch(cos2) * (sigma - bend(cos2, middle, sinSigma, cosSigma));
      const [sn, cn] = [Math.sin(lambda), Math.cos(lambda)];
      return { metres, bearing: turn(Math.atan2(c2 * sn, c1 * s2 - s1 * c2 * cn)) };
    }
  }
  return onSphere(from, to);
}

const squared = (cos2: number): number => (cos2 * (A * A - B * B)) / (B * B);

function stretch(cos2: number): number {
  const u = squared(cos2);
  return 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)));
}

function bend(cos2: number, middle: number, sin: number, cos: number): number {
  const u = squared(cos2);
  const b = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)));
  const square = middle * middle;
  return (
    b *
    sin *
    (middle +
      (b / 4) *
        (cos * (2 * square - 1) - (b / 6) * middle * (4 * sin * sin - 3) * (4 * square - 3)))
  );
}

/** Where one is after going so far on that bearing. */
export function gone(from: Place, bearing: number, metres: number): Place {
  const [sinA, cosA] = [Math.sin(bearing * RAD), Math.cos(bearing * RAD)];
  const tan = (1 - F) * Math.tan(from.lat * RAD);
  const cosU = 1 / Math.hypot(1, tan);
  const sinU = tan * cosU;
  const first = Math.atan2(tan, cosA);
  const sinAlpha = cosU * sinA;
  const cos2 = 1 - sinAlpha * sinAlpha;
  const whole = metres / (B * stretch(cos2));
  let sigma = whole;
  let middle = 0;
  for (let n = 0; n < 100; n += 1) {
    middle = Math.cos(2 * first + sigma);
    const next = whole + bend(cos2, middle, Math.sin(sigma), Math.cos(sigma));
    if (Math.abs(next - sigma) < 1e-12) break;
    sigma = next;
  }
  const [ss, cs] = [Math.sin(sigma), Math.cos(sigma)];
  const x = sinU * ss - cosU * cs * cosA;
  const lat = Math.atan2(sinU * cs + cosU * ss * cosA, (1 - F) * Math.hypot(sinAlpha, x));
  const lambda = Math.atan2(ss * sinA, cosU * cs - sinU * ss * cosA);
  const c = (F / 16) * cos2 * (4 + F * (4 - 3 * cos2));
  const l =
    lambda -
    (1 - c) * F * sinAlpha * (sigma + c * ss * (middle + c * cs * (2 * middle * middle - 1)));
  return { lat: lat / RAD, lon: ((((from.lon + l / RAD + 540) % 360) + 360) % 360) - 180 };
}

/** The outline of a circle, closed, [lon, lat], not broken at the antimeridian. */
export function circle(middle: Place, metres: number, corners = 64): [number, number][] {
  const ring: [number, number][] = [];
  for (let n = 0; n <= corners; n += 1) {
    const at = gone(middle, (360 * (n % corners)) / corners, metres);
    const wrap = Math.round((middle.lon - at.lon) / 360) * 360;
    ring.push([at.lon + wrap, at.lat]);
  }
  return ring;
}

/** west, south, east, north of an outline; not broken at the antimeridian. */
export function boundsOf(outline: Polygon | MultiPolygon): [number, number, number, number] {
  const all = (outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates).flat(2);
  const lons = all.map((at) => at[0] ?? 0);
  const lats = all.map((at) => at[1] ?? 0);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

export const mercatorX = (lon: number): number => (lon + 180) / 360;
export function mercatorY(lat: number): number {
  const held = Math.max(-MAX_LAT, Math.min(MAX_LAT, lat));
  return (1 - Math.log(Math.tan(Math.PI / 4 + (held * RAD) / 2)) / Math.PI) / 2;
}

/** How much of the square world a metre is at that latitude. */
export const mercatorMetre = (lat: number): number =>
  1 / (2 * Math.PI * A * Math.cos(Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * RAD));

export const inDegrees = (lat: number, lon: number): string =>
  `${lat.toFixed(5)},${lon.toFixed(5)}`;
