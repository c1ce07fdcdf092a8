/** Of so many, so many; as a person reads it. */
export const shareText = ({ hits, of }: { readonly hits: number; readonly of: number }): string =>
  of === 0 ? '–' : `${((100 * hits) / of).toFixed(1)}%`;
