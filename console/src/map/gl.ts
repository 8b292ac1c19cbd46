// The little of WebGL2 that our layers share: programs, instances, the camera.
import type { CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY } from "./geo";

/** Places come as two floats each and are taken relative to the middle of the view, so that they
 * are exact to a pixel however near one looks. The copy of the world nearest to the middle counts. */
export const PROJECT = `
uniform mat4 u_matrix;
uniform vec4 u_middle;
uniform vec2 u_pixel;
uniform float u_lift;
vec2 relative(vec4 place) {
  vec2 d = (place.xy - u_middle.xy) + (place.zw - u_middle.zw);
  d.x -= floor(d.x + 0.5);
  return d;
}
vec4 project(vec2 d, float z) { return u_matrix * vec4(d, z * u_lift, 1.0); }
`;

/** What each group of four numbers of an instance is called in shaders. */
const ATTRIBUTES = ["a_place", "a_lift", "a_sprite", "a_more"];

export function program(
  gl: WebGL2RenderingContext,
  vertex: string,
  fragment: string,
): WebGLProgram {
  const made = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${text}`);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
      throw new Error(gl.getShaderInfoLog(shader) ?? "shader");
    gl.attachShader(made, shader);
  }
  ATTRIBUTES.forEach((name, n) => gl.bindAttribLocation(made, n, name));
  gl.linkProgram(made);
  return made;
}

/** A buffer of instances of groups of four numbers each, one group an attribute; every program
 * can draw it. */
export class Instances {
  readonly vao: WebGLVertexArrayObject;
  private readonly buffer: WebGLBuffer;
  private room = 0;
  count = 0;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly stride: number,
  ) {
    this.vao = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    gl.bindVertexArray(this.vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (let at = 0; at * 4 < stride; at += 1) {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 4, gl.FLOAT, false, stride * 4, at * 16);
      gl.vertexAttribDivisor(at, 1);
    }
    gl.bindVertexArray(null);
  }

  put(values: Float32Array): void {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    if (values.byteLength > this.room) {
      this.room = values.byteLength;
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    } else gl.bufferSubData(gl.ARRAY_BUFFER, 0, values);
    this.count = values.length / this.stride;
  }

  draw(mode: number, vertices: number): void {
    if (this.count === 0) return;
    this.gl.bindVertexArray(this.vao);
    this.gl.drawArraysInstanced(mode, 0, vertices, this.count);
  }
}

/** The same as quads of four vertices each, not as instances: a machine without a graphics card draws
 * instances one by one, ten times as slowly. The corner is `gl_VertexID & 3`. */
export class Quads {
  private readonly vao: WebGLVertexArrayObject;
  private readonly buffer: WebGLBuffer;
  private readonly indices: WebGLBuffer;
  private room = 0;
  count = 0;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly stride: number,
  ) {
    this.vao = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    this.indices = gl.createBuffer();
    gl.bindVertexArray(this.vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    for (let at = 0; at * 4 < stride; at += 1) {
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 4, gl.FLOAT, false, stride * 4, at * 16);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indices);
    gl.bindVertexArray(null);
  }

  put(values: Float32Array): void {
    const { gl, stride } = this;
    const count = values.length / stride;
    gl.bindVertexArray(this.vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, fourTimes(values, stride), gl.DYNAMIC_DRAW);
    if (count > this.room) {
      this.room = count;
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, corners(count), gl.STATIC_DRAW);
    }
    gl.bindVertexArray(null);
    this.count = count;
  }

  draw(): void {
    if (this.count === 0) return;
    this.gl.bindVertexArray(this.vao);
    this.gl.drawElements(this.gl.TRIANGLES, this.count * 6, this.gl.UNSIGNED_INT, 0);
  }
}

function fourTimes(values: Float32Array, stride: number): Float32Array {
  const made = new Float32Array(values.length * 4);
  for (let from = 0, to = 0; from < values.length; from += stride)
    for (let corner = 0; corner < 4; corner += 1)
      for (let n = 0; n < stride; n += 1) made[to++] = values[from + n] ?? 0;
  return made;
}

/** Two triangles of each four vertices. */
function corners(count: number): Uint32Array {
  const made = new Uint32Array(count * 6);
  for (let n = 0, at = 0; n < count; n += 1)
    for (const corner of [0, 1, 2, 2, 1, 3]) made[at++] = 4 * n + corner;
  return made;
}

export interface Camera {
  matrix: Float32Array;
  middle: [number, number, number, number];
  pixel: [number, number];
  lift: number;
  ratio: number;
}

export function cameraOf(map: MapLibre, input: CustomRenderMethodInput): Camera {
  const { lng, lat } = map.getCenter();
  const [x, y] = [mercatorX(lng), mercatorY(lat)];
  const m = input.defaultProjectionData.mainMatrix as unknown as number[];
  const matrix = new Float32Array(16);
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 3; column += 1)
      matrix[column * 4 + row] = m[column * 4 + row] ?? 0;
    matrix[12 + row] = (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[12 + row] ?? 0);
  }
  const [xh, yh] = [Math.fround(x), Math.fround(y)];
  const canvas = map.getCanvas();
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  return {
    matrix,
    middle: [xh, yh, x - xh, y - yh],
    pixel: [(2 * ratio) / canvas.width, (2 * ratio) / canvas.height],
    lift: map.getPitch() > 5 ? 1 : 0,
    ratio,
  };
}

export function useCamera(gl: WebGL2RenderingContext, made: WebGLProgram, camera: Camera): void {
  gl.useProgram(made);
  const at = (name: string) => gl.getUniformLocation(made, name);
  gl.uniformMatrix4fv(at("u_matrix"), false, camera.matrix);
  gl.uniform4fv(at("u_middle"), camera.middle);
  gl.uniform2fv(at("u_pixel"), camera.pixel);
  gl.uniform1f(at("u_lift"), camera.lift);
}

/** Where a place is on the screen, in CSS pixels from the top left; null: behind the viewer. */
export function onScreen(
  camera: Camera,
  x: number,
  y: number,
  z: number,
): { x: number; y: number } | null {
  const m = camera.matrix;
  let dx = x - camera.middle[0] - camera.middle[2];
  dx -= Math.floor(dx + 0.5);
  const dy = y - camera.middle[1] - camera.middle[3];
  const h = z * camera.lift;
  const of = (row: number): number =>
    (m[row] ?? 0) * dx + (m[4 + row] ?? 0) * dy + (m[8 + row] ?? 0) * h + (m[12 + row] ?? 0);
  const w = of(3);
  if (w <= 0) return null;
  return { x: (of(0) / w + 1) / camera.pixel[0], y: (1 - of(1) / w) / camera.pixel[1] };
}
