// Draws thousands of tracks in a few calls: uncertainty, way of the next minute, stem when tilted,
// symbol, what stands around it; and the rings of what moves and keeps others away. On a canvas of
// its own above the map's, so that a new picture each second does not draw the land again.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { atlas, CELL, COLUMNS, ROWS } from "./atlas";
import { MARK_SELECTED, marksOf, SPRITES, STRIDE, type Frame } from "./frames";
import {
  cameraOf,
  Instances,
  onScreen,
  program,
  PROJECT,
  Quads,
  useCamera,
  type Camera,
} from "./gl";
import { mercatorMetre } from "./geo";
import { rgb, type Palette } from "./palette";

const RING_STEPS = 40;
/** So much way to its neighbour lets a symbol have its full size; smaller than that share it never is. */
const ROOM_PX = 34;
const LEAST_SIZE = 0.3;
/** A minute of an airliner, metres. */
const WAY_M = 14_000;

const SYMBOL_VERTEX = `${PROJECT}
in vec4 a_place; in vec4 a_lift; in vec4 a_sprite;
uniform float u_set; uniform float u_waited; uniform float u_size;
out vec2 v_at; out float v_seen;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) - 0.5;
  vec4 clip = project(relative(a_place), a_lift.x + 2e-9);
  float sprite = a_sprite.x + (a_sprite.x < ${SPRITES}.0 ? u_set : 0.0);
  vec2 cell = vec2(mod(sprite, ${COLUMNS}.0), floor(sprite / ${COLUMNS}.0));
  v_at = (cell + corner + 0.5) / vec2(${COLUMNS}.0, ${ROWS}.0);
  float turn = u_set > 0.0 && a_sprite.x < ${SPRITES}.0 ? a_sprite.w : 0.0;
  vec2 offset = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * corner * ${CELL}.0 * u_size;
  clip.xy += offset * vec2(1.0, -1.0) * u_pixel * clip.w;
  v_seen = a_sprite.x < ${SPRITES}.0 ? clamp(1.15 - (a_sprite.y + u_waited) / 60.0, 0.35, 1.0) : 1.0;
  gl_Position = clip;
}`;
const SYMBOL_FRAGMENT = `
uniform sampler2D u_atlas; in vec2 v_at; in float v_seen; out vec4 colour;
void main() { colour = texture(u_atlas, v_at) * v_seen; if (colour.a < 0.01) discard; }`;

const LINE_VERTEX = `${PROJECT}
in vec4 a_place; in vec4 a_lift;
uniform float u_stem;
void main() {
  vec2 d = relative(a_place);
  vec4 from = project(d, a_lift.x);
  vec4 to = u_stem > 0.5 ? project(d, 0.0) : project(d + a_lift.zw, a_lift.x);
  vec2 way = to.xy / to.w - from.xy / from.w;
  vec2 pixels = way / u_pixel;
  float far = length(pixels);
  vec2 side = far < 1.0 ? vec2(0.0) : vec2(-pixels.y, pixels.x) / far * (u_stem > 0.5 ? 0.5 : 0.8);
  vec4 clip = (gl_VertexID & 2) == 0 ? from : to;
  clip.xy += side * ((gl_VertexID & 1) == 0 ? 1.0 : -1.0) * u_pixel * clip.w;
  gl_Position = clip;
}`;
const PLAIN_FRAGMENT = `uniform vec4 u_colour; out vec4 colour; void main() { colour = u_colour; }`;

const RING_VERTEX = `${PROJECT}
in vec4 a_place; in vec4 a_lift;
uniform float u_least; uniform float u_width; uniform float u_top;
out float v_turn;
void main() {
  int step = gl_VertexID >> 1;
  v_turn = float(step) / ${RING_STEPS}.0;
  float turn = v_turn * 6.2831853;
  vec2 out_ = vec2(cos(turn), sin(turn));
  vec2 d = relative(a_place);
  float z = u_top > 0.5 ? a_lift.z : a_lift.x;
  vec4 middle = project(d, z);
  vec4 clip = project(d + out_ * a_lift.y, z);
  vec2 pixels = (clip.xy / clip.w - middle.xy / middle.w) / u_pixel;
  float far = length(pixels);
  if (far < u_least || middle.w <= 0.0) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  clip.xy += pixels / far * ((gl_VertexID & 1) == 0 ? 0.5 : -0.5) * u_width * u_pixel * clip.w;
  gl_Position = clip;
}`;
const RING_FRAGMENT = `
uniform vec4 u_colour; uniform float u_dashes; uniform float u_filled; in float v_turn; out vec4 colour;
void main() { if (fract(v_turn * u_dashes) > u_filled) discard; colour = u_colour; }`;

interface Made {
  gl: WebGL2RenderingContext;
  symbol: WebGLProgram;
  line: WebGLProgram;
  ring: WebGLProgram;
  atlas: WebGLTexture;
  tracks: Quads;
  wide: Instances;
  marks: Quads;
  chosen: Quads;
  rings: Instances;
}

export class TracksLayer implements CustomLayerInterface {
  readonly id = "tracks";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  /** The camera of the frame drawn last: what is clicked is looked for with it. */
  camera: Camera | null = null;
  civil = false;
  private made: Made | null = null;
  private frame: Frame | null = null;
  private came = 0;
  private fresh = false;
  private chosen = -1;
  /** Whether a minute of an airliner is long enough to be seen. */
  private ways = true;
  private scaled = NaN;
  private size = 1;
  private canvas: HTMLCanvasElement | null = null;
  private asked = false;

  constructor(
    private readonly map: MapLibre,
    private readonly colours: Palette,
    private readonly drawn: (frame: Frame) => void,
  ) {}

  show(frame: Frame | null, hidden: Uint8Array | null = null): void {
    this.frame = frame && hidden ? withoutRows(frame, hidden) : frame;
    this.came = performance.now();
    this.soon();
  }

  choose(row: number): void {
    this.chosen = row;
    this.soon();
  }

  onAdd(): void {
    const canvas = (this.canvas = document.createElement("canvas"));
    canvas.className = "tracks";
    canvas.setAttribute("aria-hidden", "true");
    this.map.getCanvasContainer().append(canvas);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.made = null;
    });
    canvas.addEventListener("webglcontextrestored", () => this.prepare());
    this.prepare();
  }

  onRemove(): void {
    this.made = null;
    this.canvas?.remove();
    this.canvas = null;
  }

  private prepare(): void {
    const gl = this.canvas?.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    if (!gl) return;
    const instances = () => new Instances(gl, STRIDE);
    const quads = () => new Quads(gl, STRIDE);
    this.made = {
      gl,
      symbol: program(gl, SYMBOL_VERTEX, SYMBOL_FRAGMENT),
      line: program(gl, LINE_VERTEX, PLAIN_FRAGMENT),
      ring: program(gl, RING_VERTEX, RING_FRAGMENT),
      atlas: texture(gl, atlas(this.colours, devicePixelRatio > 1 ? 2 : 1)),
      tracks: quads(),
      wide: instances(),
      marks: quads(),
      chosen: quads(),
      rings: instances(),
    };
    this.scaled = NaN;
    this.soon();
  }

  /** The map moved: what it is seen by is another. Nothing is drawn on the map's own canvas. */
  render(_gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    this.camera = cameraOf(this.map, input);
    this.paint();
  }

  /** With the next frame of the screen, by the camera as it is; the map below is not drawn again. */
  private soon(): void {
    this.fresh = true;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (this.fresh) this.paint();
    });
  }

  private paint(): void {
    const { made, camera, canvas } = this;
    if (!made || !camera || !canvas) return;
    const { gl } = made;
    const { width, height } = this.map.getCanvas();
    if (canvas.width !== width || canvas.height !== height)
      Object.assign(canvas, { width, height });
    const fresh = this.fresh;
    if (fresh) this.upload(made);
    this.uploadWide(made, fresh);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.drawRings(made, camera);
    this.drawLines(made, camera);
    this.drawSymbols(made, camera);
    gl.bindVertexArray(null);
    if (fresh && this.frame) this.drawn(this.frame);
  }

  private upload(made: Made): void {
    this.fresh = false;
    const frame = this.frame;
    const none = new Float32Array(0);
    made.tracks.put(frame?.instances ?? none);
    made.marks.put(frame?.marks ?? none);
    const at = this.chosen * STRIDE;
    const one = frame && this.chosen >= 0 ? frame.instances.slice(at, at + STRIDE) : none;
    if (one.length) one[8] = MARK_SELECTED;
    made.chosen.put(one.length === STRIDE ? one : none);
  }

  /** Only what is wide enough to be seen around a symbol has a circle; only ways that can be seen are drawn. */
  private uploadWide(made: Made, fresh: boolean): void {
    const scale = 512 * 2 ** this.map.getZoom();
    if (!fresh && Math.abs(Math.log2(scale / this.scaled)) < 0.25) return;
    this.scaled = scale;
    this.size = this.sizeNow();
    const none = new Float32Array(0);
    made.wide.put(wider(this.frame?.instances ?? none, 12 / scale));
    made.rings.put(wider(this.frame?.rings ?? none, 2 / scale));
    this.ways = WAY_M * mercatorMetre(this.map.getCenter().lat) * scale > 4;
  }

  /** Where many stand close together each is drawn smaller: thousands of full symbols would hide each
   * other and the map, and cost a machine without a graphics card half a second. */
  private sizeNow(): number {
    const { camera, frame } = this;
    if (!camera || !frame) return 1;
    const { clientWidth, clientHeight } = this.map.getCanvas();
    let seen = 0;
    for (let at = 0; at < frame.instances.length; at += STRIDE) {
      const [x = 0, y = 0, fx = 0, fy = 0] = frame.instances.subarray(at, at + 4);
      const spot = onScreen(camera, x + fx, y + fy, 0);
      if (spot && spot.x > 0 && spot.y > 0 && spot.x < clientWidth && spot.y < clientHeight)
        seen += 1;
    }
    const room = Math.sqrt((clientWidth * clientHeight) / Math.max(1, seen)) / ROOM_PX;
    return Math.max(LEAST_SIZE, Math.min(1, room));
  }

  private drawRings({ gl, ring, wide, rings }: Made, camera: Camera): void {
    if (wide.count + rings.count === 0) return;
    useCamera(gl, ring, camera);
    const at = (name: string) => gl.getUniformLocation(ring, name);
    const vertices = (RING_STEPS + 1) * 2;
    const stroke = (
      colour: string,
      seen: number,
      dashes: number,
      filled: number,
      width: number,
    ) => {
      const [r, g, b] = rgb(colour);
      gl.uniform4f(at("u_colour"), r * seen, g * seen, b * seen, seen);
      gl.uniform1f(at("u_dashes"), dashes);
      gl.uniform1f(at("u_filled"), filled);
      gl.uniform1f(at("u_width"), width);
    };
    gl.uniform1f(at("u_top"), 0);
    gl.uniform1f(at("u_least"), 13);
    stroke(this.colours.observed, 0.55, 24, 0.4, 1.2);
    wide.draw(gl.TRIANGLE_STRIP, vertices);
    gl.uniform1f(at("u_least"), 2);
    stroke(this.colours.high, 0.9, 24, 0.85, 1.8);
    rings.draw(gl.TRIANGLE_STRIP, vertices);
    if (camera.lift === 0) return;
    gl.uniform1f(at("u_top"), 1);
    stroke(this.colours.high, 0.6, 24, 0.85, 1.2);
    rings.draw(gl.TRIANGLE_STRIP, vertices);
  }

  private drawLines({ gl, line, tracks }: Made, camera: Camera): void {
    useCamera(gl, line, camera);
    const [r, g, b] = rgb(this.colours.observed);
    gl.uniform4f(gl.getUniformLocation(line, "u_colour"), r * 0.7, g * 0.7, b * 0.7, 0.7);
    gl.uniform1f(gl.getUniformLocation(line, "u_stem"), 0);
    if (this.ways) tracks.draw();
    if (camera.lift === 0) return;
    gl.uniform4f(gl.getUniformLocation(line, "u_colour"), r * 0.3, g * 0.3, b * 0.3, 0.3);
    gl.uniform1f(gl.getUniformLocation(line, "u_stem"), 1);
    tracks.draw();
  }

  private drawSymbols(
    { gl, symbol, tracks, marks, chosen, atlas: made }: Made,
    camera: Camera,
  ): void {
    useCamera(gl, symbol, camera);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.uniform1i(gl.getUniformLocation(symbol, "u_atlas"), 0);
    gl.uniform1f(gl.getUniformLocation(symbol, "u_set"), this.civil ? SPRITES : 0);
    gl.uniform1f(
      gl.getUniformLocation(symbol, "u_waited"),
      this.frame && this.frame.swept >= 0 ? (performance.now() - this.came) / 1000 : 0,
    );
    const size = gl.getUniformLocation(symbol, "u_size");
    gl.uniform1f(size, this.size);
    tracks.draw();
    gl.uniform1f(size, Math.max(0.7, this.size));
    marks.draw();
    chosen.draw();
  }
}

export function texture(gl: WebGL2RenderingContext, from: HTMLCanvasElement): WebGLTexture {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, from);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return made;
}

/** Only those whose radius is wider than so much of the world. */
function wider(all: Float32Array, least: number): Float32Array {
  const rows: number[] = [];
  for (let at = 5; at < all.length; at += STRIDE) if ((all[at] ?? 0) > least) rows.push(at - 5);
  const made = new Float32Array(rows.length * STRIDE);
  rows.forEach((at, n) => made.set(all.subarray(at, at + STRIDE), n * STRIDE));
  return made;
}

/** The rows that a filter hides are moved out of the world; the others stay where they are. */
function withoutRows(frame: Frame, hidden: Uint8Array): Frame {
  const instances = frame.instances.slice();
  for (let n = 0; n < frame.count; n += 1)
    if (hidden[n]) {
      instances[n * STRIDE + 1] = 9;
      instances[n * STRIDE + 5] = 0;
    }
  return { ...frame, instances, marks: marksOf(frame, hidden) };
}
