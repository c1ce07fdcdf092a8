import { FoveaError } from '../core/errors.ts';
import type { Manifest, Registry } from '../model/index.ts';
import { classify, type PictureFile, type ReadingOptions } from './classify.ts';
import type { Reading } from './reading.ts';

/**
 * Reads a picture where nobody chose a model: with the default one, or where that one reads another kind of picture,
 * with the first that reads this kind.
 *
 * @throws FoveaError what `classify` refuses; `MODALITY_WRONG` where no model at hand reads such pictures
 */
export async function classifyWithRightModel(
  picture: PictureFile,
  registry: Pick<Registry, 'open' | 'list' | 'defaultName'>,
  options: ReadingOptions = {},
): Promise<Reading> {
  try {
    return await classify(picture, await registry.open(await registry.defaultName()), options);
  } catch (refusal) {
    if (!(refusal instanceof FoveaError) || refusal.code !== 'MODALITY_WRONG') throw refusal;
    const modality = refusal.details.modality as Manifest['modality'];
    const fitting = (await registry.list()).find(({ manifest }) => manifest.modality === modality);
    if (!fitting) throw refusal;
    return classify(picture, await registry.open(fitting.manifest.name), options);
  }
}
