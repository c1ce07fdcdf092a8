import { Type } from 'typebox';
import type { MeaningOptions } from '../flows/meaning.ts';

/** What a request may say of how an answer is to be read, in its address. */
export const meaningQuery = {
  operatingPoint: Type.Optional(
    Type.String({ maxLength: 40, description: "Name of one of the model's operating points." }),
  ),
  prevalence: Type.Optional(
    Type.String({
      maxLength: 1000,
      pattern: '^[^=,]+=[0-9.eE-]+(,[^=,]+=[0-9.eE-]+)*$',
      description: 'How frequent labels are among those who are read: D=0.1,G=0.02.',
    }),
  ),
};

/** The same as the flows want it. */
export const meaningOptionsOf = ({
  operatingPoint,
  prevalence,
}: {
  operatingPoint?: string;
  prevalence?: string;
}): MeaningOptions => ({
  ...(operatingPoint !== undefined && { operatingPoint }),
  ...(prevalence !== undefined && {
    prevalence: Object.fromEntries(
      prevalence.split(',').map((pair) => {
        const [label, share] = pair.split('=');
        return [label!, Number(share)] as const;
      }),
    ),
  }),
});
