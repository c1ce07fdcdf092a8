import { lambdaLayers } from '../lambda/layer.ts';
import type { LayerTable } from '../layer.ts';
import { operationLayers } from '../operations/nodes.ts';
import { activationLayers } from './activation.ts';
import { attentionLayers } from './attention.ts';
import { convolutionLayers } from './convolution.ts';
import { coreLayers } from './core.ts';
import { encodingLayers } from './encoding.ts';
import { imageLayers } from './image.ts';
import { maskingLayers } from './masking.ts';
import { mergingLayers } from './merging.ts';
import { normalizationLayers } from './normalization.ts';
import { poolingLayers } from './pooling.ts';
import { recurrentLayers } from './recurrent.ts';
import { reshapingLayers } from './reshaping.ts';
import { wrappingLayers } from './wrapping.ts';

/** Every layer class that can be converted. */
export const layerTable: LayerTable = {
  ...coreLayers,
  ...maskingLayers,
  ...convolutionLayers,
  ...poolingLayers,
  ...normalizationLayers,
  ...activationLayers,
  ...reshapingLayers,
  ...imageLayers,
  ...encodingLayers,
  ...mergingLayers,
  ...recurrentLayers,
  ...attentionLayers,
  ...wrappingLayers,
  ...operationLayers,
  ...lambdaLayers,
};
