import { type Random, random } from '../core/random.ts';
import { ANATOMY } from './anatomy.ts';
import { lettersOf } from './diseases.ts';
import { type PhantomEye, sampleEye } from './eye.ts';
import { type Macula, SURFACES, sampleMacula } from './macula.ts';
import { drawOctArtefacts, type OctArtefacts, takeScan } from './oct-camera.ts';
import { LAYERS } from './oct-layers.ts';
import { type BScan, paintScan } from './oct-paint.ts';
import { checkOctParameters, type OctParameters, SCANNERS, type Scanner } from './oct-parameters.ts';
import { measureThickness, type OctTruth, octClassOf } from './oct-truth.ts';
import { clamp } from './plane.ts';
import { aimOf } from './view.ts';

export interface OctPhantom {
  /** Grey, one byte a pixel, rows top (vitreous) to bottom. */
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 0 or 255 a pixel: each layer, `retina`, `choroid`, and each kind of fluid, deposit and focus that the scan meets. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  readonly truth: OctTruth;
}

/**
 * Draws an OCT B-scan through the macula of an eye that never was anybody's: the same eye as `renderFundus` draws of the
 * same seed, diseases, field and centring. The same parameters give the same bytes.
 *
 * ```ts
 * const { image, width, height, masks, truth } = renderOct({ seed: 7, diseases: { dme: 3 } });
 * ```
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`
 */
export function renderOct(parameters: OctParameters): OctPhantom {
  checkOctParameters(parameters);
  const aim = aimOf(parameters);
  const eye = sampleEye(parameters, aim);
  const macula = sampleMacula(eye, parameters.seed);
  const stream = random(`oct/${parameters.seed}`);
  const scanner: Scanner = SCANNERS[parameters.scanner ?? 'spectralis'];
  const offset = parameters.offset ?? chooseOffset(stream.fork('offset'), macula);
  const artefacts = drawOctArtefacts(stream.fork('artefacts'), parameters.artefacts);
  const scan = placeScan(stream.fork('place'), eye, scanner, offset, artefacts);
  const masks = paintScan(scan, eye, macula, stream.fork('paint'));
  const image = takeScan(scan, artefacts, stream.fork('camera'));
  const hasBlank = artefacts.registration > 0;
  for (const mask of hasBlank ? Object.values(masks) : [])
    for (let at = 0; at < mask.length; at++) if (scan.blank[at]) mask[at] = 0;
  return {
    image,
    width: scanner.width,
    height: scanner.height,
    masks,
    truth: truthOf(eye, macula, scan, masks, artefacts),
  };
}

/** The height of the macula's most lifted or swollen scan, or one near the fovea if there is nothing to see. */
function chooseOffset(random: Random, macula: Macula): number {
  let best = random.normal(0, 60);
  let most = 0;
  if (macula.hole) return macula.hole.y;
  for (let y = -900; y <= 900; y += 60) {
    let seen = 0;
    for (let x = -2400; x <= 2400; x += 80) {
      const { heights, epithelium } = macula.at(x, y);
      const opened = heights[SURFACES.tips]! - heights[SURFACES.rpeTop]!;
      seen += heights[SURFACES.rpeBase]! + opened + 40 * (1 - epithelium);
    }
    for (const { y: py, rx, ry, rz } of macula.pockets)
      if (Math.abs(py - y) < ry * 0.7) seen += (rx * rz) / 40;
    for (const { kind, y: py, ry } of macula.foci)
      if (kind === 'hardExudate' && Math.abs(py - y) < ry) seen += 15;
    // Scans are taken through the fovea when it shows as much.
    seen *= 1.25 - Math.abs(y) / 3000;
    if (seen > most + 60) {
      most = seen;
      best = y;
    }
  }
  return best;
}

/** Where the eye lies in the picture. */
function placeScan(
  random: Random,
  eye: PhantomEye,
  scanner: Scanner,
  offset: number,
  artefacts: OctArtefacts,
): BScan {
  const { width, height, lateral, axial } = scanner;
  const side = eye.eye === 'OS' ? -1 : 1;
  const middle = (width - 1) / 2 + random.normal(0, width * 0.02);
  const myopia = eye.diseases.myopia ?? 0;
  const sides = Math.max(-40, random.normal(85, 60)) + [0, 90, 190, 280, 340][myopia]!;
  const slope = random.normal(0, 0.018) + (random.chance(0.5) ? 1 : -1) * artefacts.tilt * 0.12;
  const waves = random.fork('waves');
  const [phase, long] = [waves.range(0, 6.3), waves.range(2500, 5000)];
  // Clipped: pushed up until a part of the retina leaves the picture.
  const level = height * (random.normal(0.55, 0.045) - 0.46 * artefacts.clipping);
  const bruch = new Float32Array(width);
  for (let column = 0; column < width; column++) {
    const x = (column - middle) * lateral;
    const up = sides * (x / 3000) ** 2 + slope * x + 6 * Math.sin(phase + x / (long / 6.3));
    bruch[column] = level - up / axial;
  }
  return {
    scanner,
    offset,
    side,
    foveaColumn: middle,
    bruch,
    grey: new Float32Array(width * height),
    light: new Float32Array(width * height).fill(1),
    blank: new Uint8Array(width * height),
  };
}

function truthOf(
  eye: PhantomEye,
  macula: Macula,
  scan: BScan,
  masks: OctPhantom['masks'],
  artefacts: OctArtefacts,
): OctTruth {
  const { scanner, offset, side, foveaColumn } = scan;
  const { width, lateral, axial } = scanner;
  const pixel = (lateral * axial) / 1e6;
  const areas: Record<string, number> = {};
  for (const [kind, mask] of Object.entries(masks)) {
    let count = 0;
    for (let at = 0; at < mask.length; at++) count += mask[at]! >> 7;
    areas[kind] = count * pixel;
  }
  const layers = Object.fromEntries(LAYERS.map((layer) => [layer, 0])) as OctTruth['layerThickness'];
  const columns = Array.from({ length: width }, (_, column) => column).filter(
    (column) => Math.abs(column - foveaColumn) * lateral <= ANATOMY.macula.mean / 2,
  );
  for (const column of columns) {
    const { heights } = macula.at((column - foveaColumn) * lateral * side, offset);
    LAYERS.forEach((layer, i) => {
      const below = layer === 'rpe' ? heights[SURFACES.rpeBase]! : heights[i + 1]!;
      const above = layer === 'rpe' ? heights[SURFACES.rpeTop]! : heights[i]!;
      layers[layer] += clamp(above - below, 0, Infinity) / columns.length;
    });
  }
  return {
    eye: eye.eye,
    age: eye.age,
    diseases: eye.diseases,
    labels: lettersOf(eye.diseases),
    octClass: octClassOf(eye.diseases),
    reasons: eye.reasons,
    scanner: scanner.name,
    offset,
    foveaColumn,
    lateralMicrometres: lateral,
    axialMicrometres: axial,
    ...measureThickness(macula),
    layerThickness: layers,
    choroidMicrometres: macula.choroid,
    areas,
    artefacts,
  };
}
