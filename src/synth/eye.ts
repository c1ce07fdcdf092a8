import { type Random, random } from '../core/random.ts';
import { ANATOMY, draw, medianCupToDisc } from './anatomy.ts';
import { addDisease, type Findings } from './diseases.ts';
import type { Lesion } from './lesions.ts';
import type { Disease, Eye, EyeParameters } from './parameters.ts';
import { clamp } from './plane.ts';
import { growVessels, type Vessel } from './vessels.ts';

/** One eye: the truth that every picture of it, in any modality, is drawn from. Micrometres, frame of vessels.ts. */
export interface PhantomEye {
  readonly eye: Eye;
  readonly age: number;
  readonly diseases: Readonly<Partial<Record<Disease, number>>>;
  /** 0 blond, 1 dark. */
  readonly pigmentation: number;
  /** 0 none, 1 all of the choroid's vessels seen. */
  readonly tessellation: number;
  readonly disc: {
    /** Distance from the fovea, along the x axis. */
    readonly x: number;
    readonly width: number;
    readonly height: number;
    /** Vertical and horizontal size of the cup as a share of the disc's. */
    readonly cupHeight: number;
    readonly cupWidth: number;
    /** The cup's centre from the disc's, as a share of the disc's half height and width. */
    readonly cupX: number;
    readonly cupY: number;
    /** Radians: how the long axis leans. */
    readonly lean: number;
    /** Width of the peripapillary atrophy on the temporal side, µm; 0 = none. */
    readonly atrophy: number;
    /** 0–1, loss of the rim's pink. */
    readonly pallor: number;
    /** 0–1, blurred margin. */
    readonly swelling: number;
  };
  /** How far the fovea stands below the disc, degrees: the frame is turned by it in the picture. */
  readonly foveaBelowDisc: number;
  readonly avascularZone: number;
  readonly vessels: readonly Vessel[];
  readonly lesions: readonly Lesion[];
  /** Clouding of the lens 0–1 and its yellow 0–1. */
  readonly lens: { readonly haze: number; readonly yellow: number };
  /** Why it has the grades it has, one sentence a disease. */
  readonly reasons: readonly string[];
  /** 0–1: pallor of the fundus (diffuse atrophy, myopia). */
  readonly pale: number;
}

/** Where lesions may lie: what the camera sees, so that a grade given can be seen. µm in the eye's frame. */
export interface Field {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** x of the meridian that parts temporal from nasal quadrants: the fovea's, or the disc's in a picture of the disc. */
  readonly meridian: number;
}

/** Draws an eye. Each part has its own stream, so that a disease added does not move a vessel. */
export function sampleEye(parameters: EyeParameters, field: Field): PhantomEye {
  const root = random(`eye/${parameters.seed}`);
  const diseases = parameters.diseases ?? {};
  const anatomy = root.fork('anatomy');
  const age = parameters.age ?? Math.round(ageOf(anatomy.fork('age'), diseases));
  const eye = parameters.eye ?? (anatomy.fork('eye').chance(0.5) ? 'OD' : 'OS');
  const pigmentation = parameters.pigmentation ?? draw(anatomy.fork('pigment'), 'pigmentation');
  const myopia = diseases.myopia ?? 0;
  const tessellation =
    parameters.tessellation ??
    clamp(
      draw(anatomy.fork('tessellation'), 'tessellation') +
        (age - 55) * 0.004 +
        [0, 0.4, 0.4, 0.5, 0.5][myopia]!,
    );
  const height = parameters.discHeight ?? draw(anatomy.fork('disc'), 'discHeight');
  const discX = draw(anatomy.fork('distance'), 'discToFovea') * (myopia > 0 ? 0.97 : 1);
  const cup = cupOf(anatomy.fork('cup'), parameters, height);
  const widthShare = draw(anatomy.fork('width'), 'discWidthToHeight') - (myopia > 1 ? 0.14 : 0);
  const shape = anatomy.fork('shape');
  const findings: Findings = {
    lesions: [],
    reasons: [],
    narrowing: { artery: 1, vein: 1 },
    tortuosity: 1,
    vesselEdits: [],
    swelling: 0,
    pallor: 0,
    lens: { haze: 0, yellow: clamp((age - 50) / 90) },
    pale: 0,
  };
  const avascularZone = draw(anatomy.fork('avascular'), 'avascularZone');
  const disc = { x: discX, width: height * widthShare, height };
  const glaucoma = diseases.glaucoma ?? 0;
  const context = { field, disc, avascularZone, age, vessels: [] as Vessel[], cup: cup.vertical };
  // Vessel calibre is decided before the trees are grown, lesions on vessels after.
  for (const [disease, grade] of Object.entries(diseases))
    if (grade > 0) addDisease(root.fork(disease), disease as Disease, grade, 'vessels', context, findings);
  const tree = root.fork('vessels');
  const arterial = draw(anatomy.fork('artery'), 'arteryEquivalent') * findings.narrowing.artery;
  const venous = draw(anatomy.fork('vein'), 'veinEquivalent') * findings.narrowing.vein;
  context.vessels = growVessels(tree, {
    disc,
    arcade: draw(anatomy.fork('arcade'), 'arcadeHeight'),
    avascularZone,
    equivalents: { artery: arterial, vein: venous },
    tortuosity:
      (parameters.tortuosity ?? draw(anatomy.fork('tortuosity'), 'tortuosity')) * findings.tortuosity,
  });
  for (const [disease, grade] of Object.entries(diseases))
    if (grade > 0) addDisease(root.fork(disease), disease as Disease, grade, 'lesions', context, findings);
  const atrophy = shape.chance(0.3 + age / 250) ? shape.range(60, 260) : 0;
  return {
    eye,
    age,
    diseases,
    pigmentation,
    tessellation,
    disc: {
      ...disc,
      cupHeight: cup.vertical,
      cupWidth: clamp(cup.vertical * shape.normal(0.97, 0.05), 0.04, 0.95),
      cupX: -0.1 * (1 - cup.vertical) * shape.range(0.3, 1.6),
      // Glaucoma takes the lower rim first (ISNT).
      cupY: (1 - cup.vertical) * (glaucoma > 0 ? shape.range(0.25, 0.6) : shape.range(-0.15, 0.08)),
      lean: shape.normal(0, 0.1) + (myopia > 1 ? 0.25 : 0),
      atrophy: myopia > 1 ? [0, 0, 450, 650, 850][myopia]! * shape.range(0.8, 1.2) : atrophy,
      pallor: clamp(findings.pallor),
      swelling: clamp(findings.swelling),
    },
    foveaBelowDisc: draw(anatomy.fork('tilt'), 'foveaBelowDisc'),
    avascularZone,
    vessels: findings.vesselEdits.reduce(
      (vessels, edit) => edit(vessels),
      context.vessels as readonly Vessel[],
    ),
    lesions: findings.lesions,
    lens: { haze: clamp(findings.lens.haze), yellow: clamp(findings.lens.yellow) },
    reasons: findings.reasons,
    pale: clamp(findings.pale + myopia * 0.12),
  };
}

function ageOf(random: Random, diseases: EyeParameters['diseases']): number {
  const old = (diseases?.amd ?? 0) + (diseases?.cataract ?? 0) > 0;
  const { mean, sd, range } = ANATOMY.age;
  return clamp(random.normal(old ? mean + 17 : mean, old ? sd * 0.5 : sd), range[0], range[1]);
}

/** Vertical cup-to-disc ratio of early, moderate and advanced glaucoma. [drawn] */
const GLAUCOMA_CUP = [null, [0.62, 0.72], [0.72, 0.84], [0.85, 0.94]] as const;

function cupOf(random: Random, parameters: EyeParameters, height: number): { vertical: number } {
  const healthy = random.normal(medianCupToDisc(height), ANATOMY.cupToDisc.sd, 2);
  const steps = GLAUCOMA_CUP[parameters.diseases?.glaucoma ?? 0];
  // Never smaller than this eye's cup was in health.
  const sick = steps && Math.min(0.94, Math.max(random.range(steps[0], steps[1]), healthy + 0.08));
  return { vertical: parameters.cupToDisc ?? sick ?? clamp(healthy, 0.15, 0.7) };
}
