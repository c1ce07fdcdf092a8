import type { Renderer, Source } from './renderer.ts';

const VERTEX = `#version 300 es
void main() {
  // One triangle that covers everything.
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform sampler2D tone;
uniform float height;
uniform vec4 sheet; // left, top, width, height
uniform vec4 lens;  // x, y, radius, power
uniform vec3 field; // x, y, radius in shares of the picture's width
uniform vec4 box;   // left, top, right, bottom
uniform float lod;
uniform bool isRedFree;
out vec4 colour;
void main() {
  vec2 at = vec2(gl_FragCoord.x, height - gl_FragCoord.y);
  bool isInLens = distance(at, lens.xy) < lens.z;
  if (isInLens) at = lens.xy + (at - lens.xy) / lens.w;
  vec2 uv = (at - sheet.xy) / sheet.zw;
  if (any(lessThan(uv, vec2(0.0))) || any(greaterThan(uv, vec2(1.0)))) {
    colour = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  vec3 rgb = textureLod(picture, uv, max(0.0, isInLens ? lod - log2(lens.w) : lod)).rgb;
  if (isRedFree) rgb = rgb.ggg;
  vec2 inWidths = uv * vec2(1.0, sheet.w / sheet.z);
  bool isInBox = all(greaterThanEqual(inWidths, box.xy)) && all(lessThan(inWidths, box.zw));
  if (isInBox && distance(inWidths, field.xy) < field.z) {
    vec3 place = (rgb * 255.0 + 0.5) / 256.0;
    rgb = vec3(texture(tone, vec2(place.r, 0.5)).r, texture(tone, vec2(place.g, 0.5)).r,
      texture(tone, vec2(place.b, 0.5)).r);
  }
  colour = vec4(rgb, 1.0);
}`;

/** A picture that is shown smaller is taken half a step sharper than trilinear filtering would have it. */
const SHARPER = 0.5;
/** Larger than any picture: a field that has no end. */
const FAR = 1e6;
const EVERYWHERE = { x: 0, y: 0, radius: FAR, left: -FAR, top: -FAR, right: FAR, bottom: FAR };

/**
 * Draws on the graphics card: a new gaze or tone costs one triangle.
 *
 * @param allowsSoftware also where the processor plays the card, which is slower than doing without
 * @returns null where there is no WebGL 2
 */
export function webglRenderer(canvas: HTMLCanvasElement, allowsSoftware = false): Renderer | null {
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    failIfMajorPerformanceCaveat: !allowsSoftware,
  });
  if (!gl || gl.isContextLost() || (!allowsSoftware && isSoftware(gl))) return null;
  const program = programOf(gl);
  if (!program) return null;
  const at = (name: string) => gl.getUniformLocation(program, name);
  const uniforms = {
    height: at('height'),
    sheet: at('sheet'),
    lens: at('lens'),
    field: at('field'),
    box: at('box'),
    lod: at('lod'),
    isRedFree: at('isRedFree'),
  };
  const [picture, tone] = [gl.createTexture(), gl.createTexture()];
  let width = 0;
  // biome-ignore lint/correctness/useHookAtTopLevel: WebGL's, not React's
  gl.useProgram(program);
  gl.uniform1i(at('picture'), 0);
  gl.uniform1i(at('tone'), 1);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);

  return {
    kind: 'webgl',
    setSource(source) {
      width = source ? sizeOf(source).width : 0;
      if (!source) return;
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, picture);
      upload(gl, source);
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
      for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
        gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    },
    draw({ sheet, table, isRedFree, lens, isSharp, field }) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (width === 0 || sheet.width === 0) return;
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, tone);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, table.length, 1, 0, gl.RED, gl.UNSIGNED_BYTE, table);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
        gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
      for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
        gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, picture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, isSharp ? gl.NEAREST : gl.LINEAR);
      gl.uniform1f(uniforms.height, canvas.height);
      gl.uniform4f(uniforms.sheet, sheet.left, sheet.top, sheet.width, sheet.height);
      gl.uniform4f(uniforms.lens, lens?.x ?? 0, lens?.y ?? 0, lens?.radius ?? 0, lens?.power ?? 1);
      const { x, y, radius, left, top, right, bottom } = field ?? EVERYWHERE;
      gl.uniform3f(uniforms.field, x, y, radius);
      gl.uniform4f(uniforms.box, left, top, right, bottom);
      gl.uniform1f(uniforms.lod, Math.log2(width / sheet.width) - SHARPER);
      gl.uniform1i(uniforms.isRedFree, isRedFree ? 1 : 0);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose() {
      gl.deleteTexture(picture);
      gl.deleteTexture(tone);
      gl.deleteProgram(program);
      // A browser keeps few contexts, and those of pages left long ago among them; React in strict mode comes back.
      setTimeout(() => canvas.isConnected || gl.getExtension('WEBGL_lose_context')?.loseContext());
    },
  };
}

/** Chromium's own software does not count as a caveat to it, but for a picture as large as a screen it is one. */
function isSoftware(gl: WebGL2RenderingContext): boolean {
  const { UNMASKED_RENDERER_WEBGL } = gl.getExtension('WEBGL_debug_renderer_info') ?? {};
  const name = UNMASKED_RENDERER_WEBGL && gl.getParameter(UNMASKED_RENDERER_WEBGL);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(name));
}

function programOf(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [kind, text] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

export const sizeOf = (source: Source): { readonly width: number; readonly height: number } =>
  source instanceof HTMLImageElement ? { width: source.naturalWidth, height: source.naturalHeight } : source;

/** Into the bound texture; a picture that is larger than the card takes is made smaller first. */
function upload(gl: WebGL2RenderingContext, source: Source): void {
  const { width, height } = sizeOf(source);
  const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
  if (!(source instanceof HTMLImageElement)) {
    const bytes = new Uint8Array(source.data.buffer);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  } else if (Math.max(width, height) <= most) {
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
  } else {
    const scale = most / Math.max(width, height);
    const smaller = document.createElement('canvas');
    smaller.width = Math.floor(width * scale);
    smaller.height = Math.floor(height * scale);
    smaller.getContext('2d')!.drawImage(source, 0, 0, smaller.width, smaller.height);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, smaller);
  }
}
