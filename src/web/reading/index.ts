/**
 * The Reading page's parts:
 *
 * ```tsx
 * const images = [...readingImages(visit), ...readingImages(earlier, true)];
 * const [shown, setShown] = useState(() => firstShown(images));
 * <EyePair visitId={visit.id} images={images} shown={shown} onShown={setShown} … />
 * <ResultCard eye="OD" … />
 * <VerdictForm of={caseOf(visit)} isSigning={false} failure={null} onSign={sign} />
 * ```
 */
export { EyePair, type EyePairProps } from './eye-pair.tsx';
export type { EyeEvidence } from './heat-map-layer.tsx';
export { firstShown, type ReadingImage, readingImages, type Shown } from './images.ts';
export { ResultCard, type ResultCardProps } from './result-card.tsx';
export { ResultChip } from './result-chip.tsx';
export { type Case, caseOf } from './verdict.ts';
export { VerdictForm, type VerdictFormProps } from './verdict-form.tsx';
