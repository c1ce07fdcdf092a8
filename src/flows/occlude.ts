import { FoveaError } from '../core/errors.ts';
import { boundsOf, decode, preprocess, type Region, takeAway } from '../image/index.ts';
import { type Model, meant } from '../model/index.ts';
import type { PictureFile } from './classify.ts';
import { type GateOptions, passGate } from './gate.ts';

/** What a class scores for the whole picture, and without some regions of it. */
export interface Shift {
  readonly label: string;
  readonly name: string;
  /** Probabilities, 0–1; calibrated, where the model is. */
  readonly before: number;
  readonly after: number;
}

/**
 * Reads a picture twice: as it is, and with regions of it taken away, their place filled from around.
 *
 * @param regions in pixels of the upright picture
 * @returns every class, in the model's order
 * @throws FoveaError as `classify`; `REGION_INVALID` where a region lies outside the picture
 */
export async function occlude(
  { name, bytes }: PictureFile,
  model: Model,
  regions: readonly Region[],
  options: GateOptions = {},
): Promise<readonly Shift[]> {
  const { manifest } = model;
  const image = await decode(bytes);
  await passGate(image, name, manifest, options);
  for (const region of regions) refuseOutside(region, image);
  const answer = async () => meant(await model.predict(preprocess(image, manifest.preprocessing)), manifest);
  const before = await answer();
  for (const region of regions) takeAway(image, region);
  const after = await answer();
  return manifest.labels.map(({ label, name }, i) => ({
    label,
    name,
    before: before[i]!,
    after: after[i]!,
  }));
}

function refuseOutside(region: Region, picture: { readonly width: number; readonly height: number }): void {
  const { left, top, right, bottom } = boundsOf(region, picture);
  if (left < right && top < bottom) return;
  throw new FoveaError('REGION_INVALID', {
    expected: `a part of ${picture.width} × ${picture.height} px`,
    received: describe(region),
  });
}

const describe = (region: Region): string =>
  region.shape === 'circle'
    ? `a circle of radius ${region.radius} about ${region.x}, ${region.y}`
    : `a box from ${region.left}, ${region.top} to ${region.right}, ${region.bottom}`;
