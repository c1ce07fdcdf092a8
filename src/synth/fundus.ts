import { random } from '../core/random.ts';
import { drawArtefacts, photograph } from './camera.ts';
import { canvas, markPlaces } from './canvas.ts';
import { paintDisc } from './disc.ts';
import { sampleEye } from './eye.ts';
import { paintGround } from './ground.ts';
import { paintLesions } from './paint-lesions.ts';
import { paintVessels } from './paint-vessels.ts';
import { drawPalette } from './palette.ts';
import { checkParameters, type FundusParameters } from './parameters.ts';
import { type FundusTruth, truthOf } from './truth.ts';
import { aimOf, viewOf } from './view.ts';

/** Raised with every change that changes pixels. */
export const GENERATOR = 'fovea-phantom 2';

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
  const artefacts = drawArtefacts(stream.fork('artefacts'), parameters);

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
