import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng, withPngText } from '../image/index.ts';
import { type FundusParameters, type FundusTruth, GENERATOR, renderFundus } from '../synth/index.ts';

/** One picture to draw and where to put it. */
export interface PhantomJob {
  readonly name: string;
  readonly parameters: FundusParameters;
  readonly folder: string;
  readonly masks: boolean;
}

/**
 * Draws a phantom and writes `images/NAME.png`, with masks as `masks/KIND/NAME.png` (0 or 255). Every file says that it
 * is synthetic, by what and from which parameters.
 */
export async function writePhantom({ name, parameters, folder, masks }: PhantomJob): Promise<FundusTruth> {
  const phantom = renderFundus(parameters);
  const { width, height } = phantom;
  const text = {
    Software: GENERATOR,
    Comment: 'Synthetic image of no person. Research use only, not a medical device.',
    Parameters: JSON.stringify(parameters),
  };
  const write = async (kind: string, channels: 1 | 3, data: Uint8Array) => {
    await mkdir(join(folder, kind), { recursive: true });
    const png = await encodePng({ width, height, channels, data });
    await writeFile(join(folder, kind, `${name}.png`), withPngText(png, text));
  };
  await write('images', 3, phantom.image);
  if (masks) for (const [kind, mask] of Object.entries(phantom.masks)) await write(`masks/${kind}`, 1, mask);
  return phantom.truth;
}
