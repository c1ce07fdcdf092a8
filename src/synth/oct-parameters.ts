import { checkArtefacts, checkEye, type EyeParameters, inRange, oneOf } from './parameters.ts';

/** How a device samples: A-scans across, pixels deep, µm between them. */
export interface Scanner {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** µm on the retina between A-scans. */
  readonly lateral: number;
  /** µm in tissue a pixel. */
  readonly axial: number;
  /** How many exposures are averaged: speckle fades with them. */
  readonly averaged: number;
}

/**
 * Sampling like that of two widespread devices. Spectralis: 496 pixels of 3.87 µm deep (PMC8787587), 20° in 512 or 30° in
 * 768 A-scans at 276 µm a degree. Cirrus: 6 mm in 512 A-scans, 2 mm in 1024 pixels, one exposure.
 */
export const SCANNERS = {
  spectralis: {
    name: 'Spectralis-like, 20°',
    width: 512,
    height: 496,
    lateral: (20 * 276) / 512,
    axial: 3.87,
    averaged: 12,
  },
  'spectralis-wide': {
    name: 'Spectralis-like, 30°',
    width: 768,
    height: 496,
    lateral: (30 * 276) / 768,
    axial: 3.87,
    averaged: 12,
  },
  cirrus: {
    name: 'Cirrus-like, 6 mm',
    width: 512,
    height: 1024,
    lateral: 6000 / 512,
    axial: 2000 / 1024,
    averaged: 3,
  },
} as const satisfies Record<string, Scanner>;
export type ScannerName = keyof typeof SCANNERS;

/** What goes wrong with a scan, each from 0 (not at all) to 1 (as bad as it gets). */
export const OCT_ARTEFACTS = ['tilt', 'clipping', 'noise', 'signalLoss', 'shadow', 'registration'] as const;
export type OctArtefact = (typeof OCT_ARTEFACTS)[number];

/** Which B-scan, of which eye, by which device. */
export interface OctParameters extends EyeParameters {
  readonly scanner?: ScannerName;
  /**
   * Where the horizontal scan passes, µm below the fovea (above: negative), −3000 to 3000. Left out: through what there is
   * to see within 900 µm of the fovea, as someone who picks the scan does.
   */
  readonly offset?: number;
  readonly artefacts?: Readonly<Partial<Record<OctArtefact, number>>>;
}

export const OFFSET_RANGE = [-3000, 3000] as const;

/**
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`, which names the parameter and the range allowed
 */
export function checkOctParameters(parameters: OctParameters): void {
  const { scanner, offset, artefacts = {} } = parameters;
  oneOf('scanner', scanner, Object.keys(SCANNERS));
  inRange('offset', offset, OFFSET_RANGE);
  checkArtefacts(artefacts, OCT_ARTEFACTS);
  checkEye(parameters);
}
