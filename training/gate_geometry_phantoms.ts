/**
 * Prepares what training/gate_geometry.py learns from: photographs and phantoms, cut by the product's own field finder.
 *
 *     node training/gate_geometry_phantoms.ts phantoms OUT FROM COUNT     phantoms number FROM … FROM + COUNT − 1
 *     node training/gate_geometry_phantoms.ts photographs OUT LIST        LIST: one path a line
 *
 * Writes OUT.u8 (crops, 3 × 192 × 192 bytes each, planes) and OUT.jsonl (a line each: path or parameters, the square of
 * the picture that the crop shows, and of phantoms the places of disc and fovea in the picture).
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { random } from '../src/core/random.ts';
import { cropSquare, squareAbout } from '../src/gate/geometry-crop.ts';
import { findLitField } from '../src/gate/geometry-field.ts';
import { decode, type Image } from '../src/image/index.ts';
import { CAMERAS, DISEASES, type Disease, type FundusParameters, renderFundus } from '../src/synth/index.ts';

const SIDE = 192;
/** Room around the field, so that training can turn and shift it: of its longer side, each side. */
const MARGIN = 0.15;

const [what, out, ...rest] = process.argv.slice(2);
if (!out) throw new Error('see the head of this file');
const bytes = await open(`${out}.u8`, 'w');
const lines: string[] = [];

async function add(image: Image, about: object): Promise<void> {
  const { width, height } = image;
  const lit = findLitField(image) ?? { box: { left: 0, top: 0, right: width, bottom: height } };
  const square = squareAbout(lit, MARGIN);
  await bytes.write(Uint8Array.from(cropSquare(image, square, SIDE), (value) => Math.round(value * 255)));
  lines.push(JSON.stringify({ ...about, width, height, square, field: lit }));
}

/** A phantom of training: any disease, camera, pupil, field, with strong faults in half of them. */
function parametersOf(number: number): FundusParameters {
  const stream = random(`gate-geometry/${number}`);
  const names = Object.keys(DISEASES) as Disease[];
  const diseases: Partial<Record<Disease, number>> = {};
  const sick = stream.chance(0.35) ? 0 : stream.chance(0.3) ? 2 : 1;
  for (let i = 0; i < sick; i++) {
    const name = stream.pick(names);
    diseases[name] = stream.whole(1, DISEASES[name].grades[1]);
  }
  const centring = stream.chance(0.7) ? 'macula' : 'disc';
  const field = stream.pick([30, 45, 45, 50] as const);
  return {
    seed: `gate-geometry/${number}`,
    // At 30° about the disc the macula is not in the picture, nor what is told by it.
    diseases: centring === 'disc' && field === 30 ? {} : diseases,
    centring,
    field,
    size: 240,
    camera: stream.pick(Object.keys(CAMERAS) as (keyof typeof CAMERAS)[]),
    pupil: stream.range(2.5, 7),
    artefacts: stream.chance(0.5)
      ? {}
      : {
          defocus: stream.range(0, 0.7),
          haze: stream.range(0, 0.7),
          tilt: stream.range(0, 1),
          vignette: stream.range(0, 1),
          flare: stream.chance(0.3) ? stream.range(0, 1) : 0,
          eyelash: stream.chance(0.15) ? stream.range(0, 0.8) : 0,
          overexposure: stream.chance(0.3) ? stream.range(0, 0.7) : 0,
          underexposure: stream.chance(0.3) ? stream.range(0, 0.7) : 0,
        },
  };
}

if (what === 'phantoms') {
  const [from, count] = [Number(rest[0]), Number(rest[1])];
  for (let number = from; number < from + count; number++) {
    const parameters = parametersOf(number);
    const { image, width, height, truth } = renderFundus(parameters);
    await add(
      { width, height, channels: 3, data: image },
      {
        path: `phantom/${number}`,
        disc: truth.discCentre,
        fovea: truth.foveaCentre,
        diameter: truth.discHeightMicrometres / truth.micrometresPerPixel,
        eye: truth.eye,
      },
    );
  }
} else {
  const paths = (await readFile(rest[0]!, 'utf8')).split('\n').filter(Boolean);
  for (const path of paths) await add(await decode(await readFile(path)), { path });
}
await bytes.close();
await writeFile(`${out}.jsonl`, `${lines.join('\n')}\n`);
