import {
  type AngiogramParameters,
  type AngiogramPhantom,
  checkAngiogram,
  renderAngiogram,
} from './angiogram.ts';
import { type FundusPhantom, GENERATOR, renderFundus } from './fundus.ts';
import { type OctPhantom, renderOct } from './oct.ts';
import { checkOctParameters, type OctParameters } from './oct-parameters.ts';
import { checkParameters, type FundusParameters, oneOf } from './parameters.ts';

/** What an eye is looked at with: its parameters and what they give. */
interface Renderings {
  fundus: { parameters: FundusParameters; phantom: FundusPhantom };
  oct: { parameters: OctParameters; phantom: OctPhantom };
  fa: { parameters: AngiogramParameters; phantom: AngiogramPhantom };
}
export type Modality = keyof Renderings;

/** Which eye, looked at with what. Parameters of the eye that two modalities share give the same eye in both. */
export type PhantomParameters = {
  [Name in Modality]: { readonly modality: Name } & Renderings[Name]['parameters'];
}[Modality];

/** A picture of a phantom, whatever it was taken with. */
export type Phantom = {
  [Name in Modality]: {
    readonly modality: Name;
    /** 3: interleaved RGB, 1: grey. */
    readonly channels: 1 | 3;
  } & Renderings[Name]['phantom'];
}[Modality];

const RENDERERS: {
  readonly [Name in Modality]: {
    readonly name: string;
    readonly channels: 1 | 3;
    readonly check: (parameters: Renderings[Name]['parameters']) => void;
    readonly render: (parameters: Renderings[Name]['parameters']) => Renderings[Name]['phantom'];
  };
} = {
  fundus: { name: 'fundus photograph', channels: 3, check: checkParameters, render: renderFundus },
  oct: { name: 'OCT B-scan', channels: 1, check: checkOctParameters, render: renderOct },
  fa: { name: 'fluorescein angiogram', channels: 1, check: checkAngiogram, render: renderAngiogram },
};

/** Name of each modality, in words. */
export const MODALITIES = Object.fromEntries(
  Object.entries(RENDERERS).map(([modality, { name }]) => [modality, name]),
) as Readonly<Record<Modality, string>>;

/**
 * Draws an eye that never was anybody's.
 *
 * ```ts
 * const { image, masks, truth } = renderEye({ modality: 'oct', seed: 7, diseases: { dme: 3 } });
 * ```
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`
 */
export function renderEye({ modality, ...parameters }: PhantomParameters): Phantom {
  oneOf('modality', modality, Object.keys(RENDERERS));
  const { channels, render } = RENDERERS[modality];
  // The table pairs each modality with its own parameters.
  return { modality, channels, ...render(parameters as never) } as Phantom;
}

/**
 * Refuses what could not be drawn, before anything is.
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`
 */
export function checkPhantom({ modality, ...parameters }: PhantomParameters): void {
  oneOf('modality', modality, Object.keys(RENDERERS));
  RENDERERS[modality].check(parameters as never);
}

/** What the file of a phantom says of itself (PNG text): that it is synthetic, by what and from what. */
export const phantomText = (parameters: PhantomParameters): Readonly<Record<string, string>> => ({
  Software: GENERATOR,
  Comment: 'Synthetic image of no person. Research use only, not a medical device.',
  Parameters: JSON.stringify(parameters),
});
