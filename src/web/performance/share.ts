import type { Performance } from '../../server/clinic-contract.ts';

type Proportion = Performance['overridden'];

const percent = (share: number): string => (100 * share).toFixed(1);

/** Of so many, so many; as a person reads it. */
export const shareText = ({ hits, of }: Pick<Proportion, 'hits' | 'of'>): string =>
  of === 0 ? '–' : `${percent(hits / of)}%`;

/** `95 % CI 61.2–88.0%`; empty where it cannot be told. */
export const intervalText = (interval: Proportion['interval'], isShare = true): string => {
  if (!interval) return '';
  const [low, high] = [interval.low, interval.high].map((x) => (isShare ? percent(x) : x.toFixed(2)));
  return `95 % CI ${low} to ${high}${isShare ? '%' : ''}`;
};
