import { withPngText } from '../image/png-text.ts';
import type { Evidence, Reading } from '../server/contract.ts';
import { type Look, METHOD_NAMES } from './evidence.ts';
import { colourAt, contour, fineGrid, LEVELS, type Palette, paintMap } from './evidence-map.ts';
import { percent, shortHash } from './format.ts';
import { loadPicture } from './load-picture.ts';

interface Shown {
  readonly look: Look;
  readonly palette: Palette;
  readonly opacity: number;
  /** The model's. */
  readonly title: string;
  readonly reading: Reading;
}

/** Pixels: large enough for a slide, and for what stands below to be read. */
const LARGEST = 2048;
const SMALLEST = 800;

const DISCLAIMER = 'Research use only, not a medical device.';

/**
 * A picture with its map, and below it all that is needed to read it: class, method, model, scale and caveat. The same
 * stands in the file's text, for programs.
 *
 * @param url where the picture is shown from
 */
export async function evidenceFile(url: string, evidence: Evidence, shown: Shown): Promise<File> {
  const picture = await loadPicture(url);
  const longer = Math.max(picture.naturalWidth, picture.naturalHeight);
  const scale = Math.min(LARGEST, Math.max(SMALLEST, longer)) / longer;
  const width = Math.round(picture.naturalWidth * scale);
  const height = Math.round(picture.naturalHeight * scale);
  const canvas = document.createElement('canvas');
  const note = noteOf(evidence, shown);
  const unit = Math.max(width, SMALLEST) / 64;
  canvas.width = Math.max(width, SMALLEST);
  const context = canvas.getContext('2d')!;
  const lines = [note.sentence, `${note.caveat} ${note.standing}`].flatMap((text) =>
    wrapped(context, text, canvas.width - 4 * unit, font(unit)),
  );
  canvas.height = Math.ceil(height + unit * (10.5 + lines.length * 1.5));

  context.fillStyle = '#0b0d10';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.save();
  context.translate(Math.round((canvas.width - width) / 2), 0);
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.drawImage(picture, 0, 0, width, height);
  drawMap(context, evidence, width / evidence.width, shown);
  context.restore();
  drawNote(context, note, lines, height, unit, shown);

  const blob = await new Promise<Blob>((resolve) => canvas.toBlob((made) => resolve(made!), 'image/png'));
  const png = withPngText(new Uint8Array(await blob.arrayBuffer()), {
    Title: note.title,
    Model: note.model,
    Method: note.method,
    Caveat: note.caveat,
    Sentence: note.sentence,
    Evidence: note.standing,
    Scale: '0 to 1 of the strongest',
    Disclaimer: DISCLAIMER,
  });
  const stem = evidence.file.replace(/\.[^.]*$/, '');
  const name = `${stem} - ${evidence.name} - ${note.method}.png`.replace(/[\\/:*?"<>|]/g, '_');
  return new File([png as Uint8Array<ArrayBuffer>], name, { type: 'image/png' });
}

function noteOf(evidence: Evidence, { title, reading }: Shown) {
  const { name, probability, method, caveat, file, sentence } = evidence;
  const { version, sha256 } = reading.model;
  return {
    title: `${name}, ${percent(probability)}`,
    model: `${title}, version ${version} (${shortHash(sha256)})`,
    method: METHOD_NAMES[method],
    file,
    sentence,
    caveat,
    standing: `${evidence.evidence ? 'Checked. ' : ''}${evidence.evidenceReason}`,
  };
}

const font = (size: number, weight = 400) => `${weight} ${size}px system-ui, sans-serif`;

function drawMap(
  context: CanvasRenderingContext2D,
  { map, extent }: Evidence,
  scale: number,
  { look, palette, opacity }: Shown,
): void {
  const grid = fineGrid(map);
  const [left, top] = [extent.left * scale, extent.top * scale];
  const [width, height] = [(extent.right - extent.left) * scale, (extent.bottom - extent.top) * scale];
  context.save();
  context.globalAlpha = opacity;
  if (look === 'colours') {
    const layer = new OffscreenCanvas(grid.width, grid.height);
    layer
      .getContext('2d')!
      .putImageData(new ImageData(paintMap(grid, palette), grid.width, grid.height), 0, 0);
    context.imageSmoothingQuality = 'high';
    context.drawImage(layer, left, top, width, height);
  } else {
    context.lineCap = 'round';
    const place = new DOMMatrix([width, 0, 0, height, left, top]);
    for (const level of LEVELS) {
      const path = new Path2D();
      path.addPath(new Path2D(contour(grid, level)), place);
      const thin = Math.max(2, width / 500);
      context.strokeStyle = '#000';
      context.lineWidth = thin * 2;
      context.stroke(path);
      context.strokeStyle = `rgb(${colourAt(palette, level).join(' ')})`;
      context.lineWidth = thin;
      context.stroke(path);
    }
  }
  context.restore();
}

function drawNote(
  context: CanvasRenderingContext2D,
  note: ReturnType<typeof noteOf>,
  lines: readonly string[],
  top: number,
  unit: number,
  { look, palette }: Shown,
): void {
  const [left, right] = [2 * unit, context.canvas.width - 2 * unit];
  let y = top + 2.6 * unit;
  const write = (text: string, size: number, colour: string, weight = 400) => {
    context.font = font(size, weight);
    context.fillStyle = colour;
    context.fillText(text, left, y, right - left);
  };
  write(note.title, unit * 1.5, '#ffffff', 600);

  // The scale, to the right of the title.
  const [rampWidth, rampHeight] = [14 * unit, 0.9 * unit];
  const rampLeft = right - rampWidth;
  const ramp = context.createLinearGradient(rampLeft, 0, right, 0);
  for (let i = 0; i <= 10; i++) ramp.addColorStop(i / 10, `rgb(${colourAt(palette, i / 10).join(' ')})`);
  context.fillStyle = ramp;
  context.fillRect(rampLeft, y - rampHeight, rampWidth, rampHeight);
  context.font = font(unit * 0.85);
  context.fillStyle = '#bcc2c9';
  const scale = look === 'lines' ? LEVELS.map((level) => `${level * 100}%`).join('  ') : '';
  context.fillText('none', rampLeft, y + 1.2 * unit);
  context.textAlign = 'center';
  context.fillText(scale && `lines at ${scale}`, rampLeft + rampWidth / 2, y + 1.2 * unit);
  context.textAlign = 'right';
  context.fillText('strongest', right, y + 1.2 * unit);
  context.textAlign = 'left';

  y += 2.6 * unit;
  write(`${note.method} · ${note.model} · ${note.file}`, unit, '#bcc2c9');
  y += 0.3 * unit;
  for (const line of lines) {
    y += 1.5 * unit;
    write(line, unit, '#bcc2c9');
  }
  y += 2.2 * unit;
  write(DISCLAIMER, unit, '#f3c96b', 600);
}

/** Text in lines no longer than `width`. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number, inFont: string): string[] {
  context.font = inFont;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = [...lines.slice(-1), word].join(' ');
    if (lines.length > 0 && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
