import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng, withPngText } from '../image/index.ts';
import { type Phantom, type PhantomParameters, phantomText, renderEye } from '../synth/index.ts';

/** One picture to draw and where to put it. */
export interface PhantomJob {
  readonly name: string;
  readonly parameters: PhantomParameters;
  readonly folder: string;
  readonly masks: boolean;
}

/**
 * Draws a phantom and writes `images/NAME.png`, with masks as `masks/KIND/NAME.png` (0 or 255). Every file says that it
 * is synthetic, by what and from which parameters.
 */
export async function writePhantom({
  name,
  parameters,
  folder,
  masks,
}: PhantomJob): Promise<Phantom['truth']> {
  const phantom = renderEye(parameters);
  const { width, height } = phantom;
  const write = async (kind: string, channels: 1 | 3, data: Uint8Array) => {
    await mkdir(join(folder, kind), { recursive: true });
    const png = await encodePng({ width, height, channels, data });
    await writeFile(join(folder, kind, `${name}.png`), withPngText(png, phantomText(parameters)));
  };
  await write('images', phantom.channels, phantom.image);
  if (masks) for (const [kind, mask] of Object.entries(phantom.masks)) await write(`masks/${kind}`, 1, mask);
  return phantom.truth;
}
