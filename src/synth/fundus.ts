import { random } from '../core/random.ts';
import { ANATOMY } from './anatomy.ts';
import { type Artefacts, drawArtefacts, photograph } from './camera.ts';
import { type Canvas, canvas } from './canvas.ts';
import { paintDisc } from './disc.ts';
import { lettersOf } from './diseases.ts';
import { type Field, type PhantomEye, sampleEye } from './eye.ts';
import { paintGround } from './ground.ts';
import { paintLesions } from './paint-lesions.ts';
import { paintVessels } from './paint-vessels.ts';
import { drawPalette } from './palette.ts';
import { checkParameters, type FundusParameters } from './parameters.ts';
import { centralEquivalent, countLesions, type FundusTruth, gradeRetinopathy } from './truth.ts';
import { aimOf, type View, viewOf } from './view.ts';

/** Raised with every change that changes pixels. */
export const GENERATOR = 'fovea-phantom 1';

export interface FundusPhantom {
  /** Interleaved RGB, rows top to bottom. */
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 0 or 255 a pixel: `field`, `vessel`, `artery`, `vein`, `disc`, `cup`, `fovea`, `macula` and the lesion kinds there are. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  readonly truth: FundusTruth;
}

/**
 * Draws the fundus photograph of an eye that never was anybody's, with the exact mask of everything in it. The same
 * parameters give the same bytes.
 *
 * ```ts
 * const { image, masks, truth } = renderFundus({ seed: 7, diseases: { dr: 3 }, eye: 'OD', size: 512 });
 * ```
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`
 */
export function renderFundus(parameters: FundusParameters): FundusPhantom {
  checkParameters(parameters);
  const aim = aimOf(parameters);
  const eye = sampleEye(parameters, aim);
  const view = viewOf(parameters, eye, aim);
  const stream = random(`fundus/${parameters.seed}`);
  const palette = drawPalette(stream.fork('palette'), eye.pigmentation);
  const artefacts = drawArtefacts(stream.fork('artefacts'), parameters.artefacts);

  const painting = canvas(view);
  paintGround(painting, eye, palette, stream.fork('ground'));
  paintLesions(painting, eye, palette, stream.fork('under'), true);
  paintDisc(painting, eye, palette, stream.fork('disc'));
  paintVessels(painting, eye, stream.fork('vessels'));
  paintLesions(painting, eye, palette, stream.fork('over'), false);
  markPlaces(painting);
  const image = photograph(painting, eye, palette, artefacts, stream.fork('camera'));

  return {
    image,
    width: view.size,
    height: view.size,
    masks: Object.fromEntries(painting.masks),
    truth: truthOf(eye, aim, view, artefacts),
  };
}

/** The field and the places of the macula; what lies outside the field is no part of any mask. */
function markPlaces({ size, view, x, y, masks, mask }: Canvas): void {
  const field = mask('field');
  const fovea = mask('fovea');
  const macula = mask('macula');
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      if (view.inside(column, row) < 0) continue;
      field[at] = 255;
      const away = 2 * Math.hypot(x[at]!, y[at]!);
      if (away <= ANATOMY.fovea.mean) fovea[at] = 255;
      if (away <= ANATOMY.macula.mean) macula[at] = 255;
    }
  }
  for (const plane of masks.values()) for (let at = 0; at < plane.length; at++) plane[at]! &= field[at]!;
}

function truthOf(eye: PhantomEye, aim: Field, view: View, artefacts: Artefacts): FundusTruth {
  const { all, by } = countLesions(eye, aim);
  const diabetic = countLesions(eye, aim, 'dr');
  const crae = centralEquivalent(eye, 'artery');
  const crve = centralEquivalent(eye, 'vein');
  return {
    eye: eye.eye,
    age: eye.age,
    diseases: eye.diseases,
    labels: lettersOf(eye.diseases),
    drGrade: gradeRetinopathy(diabetic.all, diabetic.by),
    reasons: eye.reasons,
    cupToDisc: eye.disc.cupHeight,
    discCentre: view.project(eye.disc.x, 0),
    foveaCentre: view.project(0, 0),
    discHeightMicrometres: eye.disc.height,
    discToFoveaMicrometres: eye.disc.x,
    micrometresPerPixel: view.scale,
    crae,
    crve,
    avr: crae / crve,
    counts: all,
    countsByQuadrant: by,
    artefacts,
    pigmentation: eye.pigmentation,
    tessellation: eye.tessellation,
  };
}
