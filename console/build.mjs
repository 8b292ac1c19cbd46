// Builds the console into ../src/parley/web/console/site, from this folder and node_modules alone.
// node build.mjs            the site
// node build.mjs --tests    tests/*.test.ts into build/tests, for `node --test`
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, basename } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { feature, mesh } from "topojson-client";

const here = fileURLToPath(new URL(".", import.meta.url));
const site = process.env.SITE ?? join(here, "../src/parley/web/console/site");
const SCALES = ["110m", "50m", "10m"];

const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: ["chrome110", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".woff2": "file", ".woff": "empty" },
  logLevel: "warning",
  legalComments: "none",
};

/** Natural Earth as GeoJSON: land, borders that two countries share, a point with each name. */
function world(topology) {
  const countries = feature(topology, topology.objects.countries);
  const round = (value) =>
    typeof value === "number" ? Math.round(value * 1e4) / 1e4 : value.map(round);
  const whole = (geometry) => ({ ...geometry, coordinates: round(geometry.coordinates) });
  const of = (kind, geometry, properties = {}) => ({
    type: "Feature",
    properties: { kind, ...properties },
    geometry: whole(geometry),
  });
  return {
    type: "FeatureCollection",
    features: [
      ...countries.features.map((one) => of("land", one.geometry)),
      of(
        "border",
        mesh(topology, topology.objects.countries, (a, b) => a !== b),
      ),
      ...countries.features.map((one) =>
        of("name", middle(one.geometry), { name: one.properties.name }),
      ),
    ],
  };
}

/** The middle of the largest ring: where a country's name is written. */
function middle(geometry) {
  const rings =
    geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map((p) => p[0]);
  const boxes = rings.map((ring) => {
    const lon = ring.map((p) => p[0]);
    const lat = ring.map((p) => p[1]);
    return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
  });
  const size = (b) => (b[2] - b[0]) * (b[3] - b[1]);
  const box = boxes.reduce((a, b) => (size(b) > size(a) ? b : a));
  return { type: "Point", coordinates: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] };
}

async function worlds(folder) {
  const urls = {};
  for (const scale of SCALES) {
    const path = join(here, `node_modules/world-atlas/countries-${scale}.json`);
    const text = JSON.stringify(world(JSON.parse(await readFile(path, "utf8"))));
    const name = `world-${scale}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.json`;
    await writeFile(join(folder, "assets", name), text);
    urls[scale] = `assets/${name}`;
  }
  return urls;
}

async function licences() {
  const manifest = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  const parts = [];
  for (const name of [...Object.keys(manifest.dependencies), "world-atlas"].sort()) {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? await readFile(join(folder, file), "utf8") : "";
    parts.push(`${name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(72)}\n\n`);
}

async function buildSite() {
  const fresh = `${site}.new`; // a build that fails leaves the site as it was
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(fresh, "assets"), { recursive: true });
  const maps = await worlds(fresh);
  const options = {
    ...common,
    entryPoints: {
      main: "src/main.tsx",
      "map-worker": "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs",
      frames: "src/map/frames-worker.ts",
    },
    outdir: join(fresh, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    splitting: true,
    minify: true,
    metafile: true,
    define: { "process.env.NODE_ENV": '"production"' },
  };
  const done = async (result) => {
    const outputs = Object.keys(result.metafile.outputs).map((path) => basename(path));
    const named = (pattern) => `assets/${outputs.find((name) => pattern.test(name))}`;
    const paths = {
      worker: named(/^map-worker-.*\.js$/),
      frames: named(/^frames-.*\.js$/),
      ...maps,
    };
    const page = (await readFile(join(here, "index.html"), "utf8"))
      .replace("@style@", named(/^main-.*\.css$/))
      .replace("@script@", named(/^main-.*\.js$/))
      .replace("@paths@", JSON.stringify(paths).replaceAll('"', "&quot;"));
    await writeFile(join(fresh, "index.html"), page);
    await writeFile(join(fresh, "licences.txt"), await licences());
  };
  await done(await esbuild.build(options));
  await rm(site, { recursive: true, force: true });
  await rename(fresh, site);
}

async function buildTests() {
  const out = join(here, "build/tests");
  await rm(out, { recursive: true, force: true });
  const files = (await readdir(join(here, "tests"))).filter((name) => name.endsWith(".test.ts"));
  await esbuild.build({
    ...common,
    entryPoints: files.map((name) => join("tests", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
  });
}

await (process.argv.includes("--tests") ? buildTests() : buildSite());
