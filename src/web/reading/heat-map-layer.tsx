import type { Evidence } from '../../server/contract.ts';
import { Colours, isCropped } from '../evidence-layers.tsx';
import { speaks } from '../evidence-map.ts';
import classes from './eye-pane.module.css';

/** What is known of where a model looked in the picture of an eye. */
export type EyeEvidence =
  | { readonly state: 'loading' }
  /** `words`: why there is none. */
  | { readonly state: 'failed'; readonly words: string }
  | { readonly state: 'ready'; readonly evidence: Evidence };

/** Of even lightness, told apart with any colour vision, and of no colour that a fundus has. */
export const HEAT_PALETTE = 'viridis';

/** The map in its place, where its method passed its check and anything speaks for the class. */
export function HeatMapLayer({
  evidence,
  opacity,
}: {
  readonly evidence: Evidence;
  readonly opacity: number;
}) {
  if (!isShown(evidence)) return null;
  const { extent, width, height, map, name } = evidence;
  return (
    <div
      role="img"
      aria-label={`Map of what speaks for ${name}`}
      className={classes.map}
      data-cropped={isCropped(evidence) || undefined}
      style={{
        left: `${(extent.left / width) * 100}%`,
        top: `${(extent.top / height) * 100}%`,
        width: `${((extent.right - extent.left) / width) * 100}%`,
        height: `${((extent.bottom - extent.top) / height) * 100}%`,
      }}
    >
      <Colours map={map} palette={HEAT_PALETTE} opacity={opacity} />
    </div>
  );
}

const isShown = (evidence: Evidence) => evidence.evidence !== false && speaks(evidence);

/** What stands under the picture while the map is on. */
export function heatMapWords(evidence: EyeEvidence | undefined): string {
  if (!evidence) return 'There is no map of this image.';
  if (evidence.state === 'loading') return 'Looking where the model looked…';
  if (evidence.state === 'failed') return evidence.words;
  const { name, evidence: isEvidence, evidenceReason } = evidence.evidence;
  if (isEvidence === false) return `No map: ${evidenceReason}`;
  if (!speaks(evidence.evidence)) return `Nothing speaks for ${name}.`;
  return `What speaks for ${name}`;
}
