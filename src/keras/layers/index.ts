import type { LayerTable } from '../layer.ts';
import { activationLayers } from './activation.ts';
import { convolutionLayers } from './convolution.ts';
import { coreLayers } from './core.ts';
import { maskingLayers } from './masking.ts';
import { mergingLayers } from './merging.ts';
import { normalizationLayers } from './normalization.ts';
import { poolingLayers } from './pooling.ts';
import { recurrentLayers } from './recurrent.ts';
import { reshapingLayers } from './reshaping.ts';

/** Every layer class that can be converted. */
export const layerTable: LayerTable = {
  ...coreLayers,
  ...maskingLayers,
  ...convolutionLayers,
  ...poolingLayers,
  ...normalizationLayers,
  ...activationLayers,
  ...reshapingLayers,
  ...mergingLayers,
  ...recurrentLayers,
};
