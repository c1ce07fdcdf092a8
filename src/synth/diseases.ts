import type { Random } from '../core/random.ts';
import * as shapes from './lesion-shapes.ts';
import { type Lesion, QUADRANTS, type Quadrant, quadrantOf } from './lesions.ts';
import { DISEASES, type Disease } from './parameters.ts';
import { bead, beadedThread, crossings, nick, type VesselEdit, wideVeins } from './vessel-edits.ts';
import type { Vessel, VesselKind } from './vessels.ts';

/** What the diseases of an eye do to it; each adds to the same findings. */
export interface Findings {
  lesions: Lesion[];
  reasons: string[];
  narrowing: Record<VesselKind, number>;
  tortuosity: number;
  vesselEdits: VesselEdit[];
  swelling: number;
  pallor: number;
  lens: { haze: number; yellow: number };
  pale: number;
}

export interface Context extends shapes.Ground {
  readonly age: number;
  readonly vessels: readonly Vessel[];
  /** Vertical cup-to-disc ratio. */
  readonly cup: number;
}

/** Before the vessels are grown a disease may change their calibre; after, it lays its lesions. */
export type Phase = 'vessels' | 'lesions';

type Rule = (random: Random, grade: number, context: Context, findings: Findings) => void;

/**
 * Adds a disease of a grade to the findings.
 *
 * @param random the stream of this disease in this eye
 */
export function addDisease(
  random: Random,
  disease: Disease,
  grade: number,
  phase: Phase,
  context: Context,
  findings: Findings,
): void {
  const before = findings.lesions.length;
  RULES[disease][phase]?.(random.fork(phase), grade, context, findings);
  for (let i = before; i < findings.lesions.length; i++)
    findings.lesions[i] = { ...findings.lesions[i]!, of: disease };
}

const many = (count: number, make: () => Lesion | readonly Lesion[]) =>
  Array.from({ length: count }, make).flat();

/** ICDR 3 has more than this many haemorrhages in each quadrant (Wilkinson 2003). */
export const SEVERE_COUNT = 20;

const retinopathy: Rule = (random, grade, context, { lesions, reasons, vesselEdits }) => {
  const { disc, field, vessels } = context;
  const at = (allowed?: (x: number, y: number) => boolean) => shapes.place(random, context, allowed);
  const haemorrhage = (place: shapes.Place) =>
    random.chance(0.22) ? shapes.flame(random, place, disc.x) : shapes.dotBlot(random, place);
  const posterior = (x: number, y: number) => Math.hypot(x - 900, y) < 5200;

  lesions.push(
    ...many(
      [0, random.whole(2, 9), random.whole(10, 32), random.whole(25, 55), random.whole(15, 45)][grade]!,
      () => shapes.microaneurysm(random, at(posterior)),
    ),
  );
  if (grade === 1) {
    reasons.push('ICDR 1: microaneurysms only');
    return;
  }

  // Clinics see lesions in clumps: some quadrants are worse than others, none above what the grade allows.
  const wanted: Record<Quadrant, number> = {
    superotemporal: 0,
    superonasal: 0,
    inferotemporal: 0,
    inferonasal: 0,
  };
  const rules = new Set<'4' | '2' | '1'>();
  if (grade === 3) {
    rules.add(random.pick(['4', '2', '1'] as const));
    if (random.chance(0.3)) rules.add(random.pick(['4', '2', '1'] as const));
  }
  for (const quadrant of QUADRANTS) {
    if (rules.has('4')) wanted[quadrant] = random.whole(SEVERE_COUNT + 1, SEVERE_COUNT + 12);
    else wanted[quadrant] = grade === 2 ? random.whole(1, 9) : random.whole(3, 17);
  }
  for (const quadrant of QUADRANTS) {
    const inside = (x: number, y: number) => quadrantOf(x, y, field.meridian) === quadrant;
    const next = shapes.clustered(random, context, inside);
    lesions.push(...many(wanted[quadrant], () => haemorrhage(next())));
  }
  for (let group = random.whole(0, grade === 2 ? 3 : 4); group > 0; group--) {
    const centre = at((x, y) => Math.hypot(x, y) < 3800 && Math.hypot(x, y) > 1200);
    lesions.push(
      ...shapes.exudateGroup(
        random,
        centre,
        random.whole(7, 38),
        random.range(250, 750),
        random.chance(0.55),
      ),
    );
  }
  const wool = (x: number, y: number) => Math.hypot(x - disc.x, y) < 6200 && Math.hypot(x, y) > 1500;
  lesions.push(
    ...many(random.whole(0, grade === 2 ? 2 : 6), () => shapes.cottonWool(random, at(wool), disc.x)),
  );
  const why = [`${grade === 2 ? 'more than microaneurysms' : 'haemorrhages in each quadrant'}`];

  if (rules.has('2') || (grade === 4 && random.chance(0.5))) {
    const stretches = wideVeins(vessels, field, disc.x);
    const byQuadrant = new Map(
      stretches.map((stretch) => [quadrantOf(stretch.x, stretch.y, field.meridian), stretch]),
    );
    const beaded = [...byQuadrant.values()];
    if (rules.has('2') && beaded.length < 2) rules.add('1');
    for (const stretch of beaded) {
      vesselEdits.push(bead(stretch, random.range(0, 6)));
      lesions.push(beadedThread(vessels, stretch));
    }
  }
  if (rules.has('1') || (grade === 4 && random.chance(0.4))) {
    for (let cluster = random.whole(1, 3); cluster > 0; cluster--) {
      const [x, y] = at((px, py) => Math.hypot(px, py) > 1800);
      lesions.push(
        ...many(random.whole(3, 6), () =>
          shapes.thread(
            random,
            'irma',
            [x + random.normal(0, 130), y + random.normal(0, 130)],
            random.range(0, 6.3),
            random.range(350, 900),
            random.range(24, 34),
            0.13,
          ),
        ),
      );
    }
  }
  if (grade === 4) {
    const signs = new Set([random.pick(['disc', 'elsewhere', 'disc', 'blood'] as const)]);
    if (random.chance(0.5)) signs.add(random.pick(['elsewhere', 'disc'] as const));
    // Outside the field there is no disc to grow on.
    if (Math.hypot(disc.x - field.x, field.y) > field.radius * 0.95 && signs.delete('disc'))
      signs.add('elsewhere');
    if (signs.has('disc')) {
      for (let fan = random.whole(1, 3); fan > 0; fan--) {
        const start = [
          disc.x + random.normal(0, disc.width * 0.2),
          random.normal(0, disc.height * 0.2),
        ] as const;
        lesions.push(
          ...shapes.frond(
            random,
            'neovascularisationDisc',
            start,
            random.range(0, 6.3),
            random.range(700, 1500),
          ),
        );
      }
    }
    if (signs.has('elsewhere')) {
      for (let fan = random.whole(1, 2); fan > 0; fan--) {
        const start = at((x, y) => Math.hypot(x, y) > 2000 && shapes.offDisc(x, y, disc) > 2.5);
        lesions.push(
          ...shapes.frond(
            random,
            'neovascularisationElsewhere',
            start,
            random.range(0, 6.3),
            random.range(600, 1200),
          ),
        );
      }
    }
    if (signs.has('blood')) {
      const start = at(
        (x, y) => Math.hypot(x, y) > 1500 && Math.hypot(x - field.x, y - field.y) < field.radius * 0.7,
      );
      lesions.push(shapes.preretinal(random, start));
    }
    if (random.chance(0.3)) {
      lesions.push(
        ...many(random.whole(25, 80), () =>
          shapes.laser(
            random,
            at((x, y) => Math.hypot(x, y) > 3100 && shapes.offDisc(x, y, disc) > 1.9),
          ),
        ),
      );
    }
    const named = {
      disc: 'new vessels on the disc',
      elsewhere: 'new vessels elsewhere',
      blood: 'pre-retinal haemorrhage',
    };
    reasons.push(`ICDR 4: ${[...signs].map((sign) => named[sign]).join(', ')}`);
    return;
  }
  if (grade === 3) {
    const named = {
      '4': `more than ${SEVERE_COUNT} haemorrhages in each of 4 quadrants`,
      '2': 'venous beading in 2 or more quadrants',
      '1': 'IRMA in 1 or more quadrants',
    };
    why.length = 0;
    why.push(...[...rules].map((rule) => named[rule]));
  }
  reasons.push(`ICDR ${grade}: ${why.join('; ')}`);
};

const oedema: Rule = (random, grade, context, { lesions, reasons }) => {
  // International clinical DMO scale: distant from, approaching, involving the centre of the macula.
  const [near, far] = [null, [2000, 2700], [1000, 1500], [250, 550]][grade] as [number, number];
  for (let group = 0; group < grade; group++) {
    const away = random.range(near, far);
    const around = random.range(0, 2 * Math.PI);
    const centre = [Math.cos(around) * away, Math.sin(around) * away] as const;
    lesions.push(
      ...shapes.exudateGroup(
        random,
        centre,
        random.whole(14, 30 + 14 * grade),
        random.range(260, 300 + 130 * grade),
        random.chance(0.6),
      ),
    );
  }
  const posterior = (x: number, y: number) => Math.hypot(x, y) < 3000;
  lesions.push(
    ...many(random.whole(4, 12), () =>
      shapes.microaneurysm(random, shapes.place(random, context, posterior)),
    ),
  );
  reasons.push(
    `DME ${grade}: exudates ${['', 'distant from', 'approaching', 'involving'][grade]} the centre of the macula`,
  );
};

const degeneration: Rule = (random, grade, _, { lesions, reasons }) => {
  const macular = (spread: number) => (): shapes.Place => [
    random.normal(0, spread),
    random.normal(0, spread * 0.9),
  ];
  const scatter = (count: number, size: 'smallDruse' | 'mediumDruse' | 'largeDruse', spread: number) =>
    many(count, () => shapes.druse(random, macular(spread)(), size));
  lesions.push(...scatter(random.whole(8, 30), 'smallDruse', 1500));
  lesions.push(...scatter(random.whole(grade === 1 ? 6 : 15, grade === 1 ? 22 : 55), 'mediumDruse', 1200));
  if (grade === 1) {
    reasons.push('AMD 1: medium drusen, no change of pigment');
    return;
  }
  lesions.push(...scatter(random.whole(grade === 2 ? 8 : 3, grade === 2 ? 40 : 14), 'largeDruse', 950));
  lesions.push(...many(random.whole(3, 12), () => shapes.pigmentClump(random, macular(750)())));
  if (grade === 2) reasons.push('AMD 2: large drusen, change of pigment');
  if (grade === 3) {
    lesions.push(
      ...many(random.whole(1, 3), () =>
        shapes.patch(random, 'geographicAtrophy', macular(450)(), random.range(1100, 3000), {
          ragged: 0.75,
          soft: 0.3,
          strength: random.range(0.65, 0.95),
        }),
      ),
    );
    reasons.push('AMD 3: geographic atrophy');
  }
  if (grade === 4) {
    const [x, y] = macular(350)();
    const size = random.range(1400, 3000);
    lesions.push(
      shapes.patch(random, 'subretinalFluid', [x, y], size * 1.5, { ragged: 0.2, soft: 0.5, strength: 0.6 }),
    );
    lesions.push(
      ...many(random.whole(1, 3), () =>
        shapes.patch(
          random,
          'subretinalHaemorrhage',
          [x + random.normal(0, size * 0.3), y + random.normal(0, size * 0.3)],
          size * random.range(0.45, 1.1),
          { ragged: 0.6, soft: 0.6, strength: random.range(0.55, 0.85) },
        ),
      ),
    );
    lesions.push(...shapes.exudateGroup(random, [x, y], random.whole(20, 60), size * 0.75, true));
    reasons.push('AMD 4: neovascular, subretinal blood and fluid');
  }
};

const glaucoma: Rule = (random, grade, context, { lesions, reasons }) => {
  if (random.chance(0.35 + grade * 0.15)) {
    const sides = grade > 1 && random.chance(0.5) ? [-1, 1] : [random.chance(0.65) ? 1 : -1];
    for (const side of sides)
      lesions.push({
        shape: 'wedge',
        kind: 'nerveFibreDefect',
        course: random.range(0.52, 0.7),
        spread: random.range(0.02, 0.03 + grade * 0.02),
        side,
        strength: random.range(0.5, 1),
      });
  }
  if (random.chance(0.25)) {
    const around = random.pick([-1, 1]) * random.range(1.7, 2.4);
    const { disc } = context;
    const place = [
      disc.x + Math.cos(around) * disc.width * 0.5,
      Math.sin(around) * disc.height * 0.5,
    ] as const;
    lesions.push({ ...shapes.flame(random, place, disc.x, 'discHaemorrhage'), angle: around });
  }
  reasons.push(`Glaucoma ${grade}: vertical cup-to-disc ratio ${context.cup.toFixed(2)}`);
};

/** Narrowed to, by grade 1–4 of Keith, Wagener and Barker. */
const HYPERTENSIVE_NARROWING = [1, 0.86, 0.76, 0.7, 0.66];

const hypertensive: Record<Phase, Rule> = {
  vessels: (random, grade, _, findings) => {
    findings.narrowing.artery *= HYPERTENSIVE_NARROWING[grade]! * random.range(0.97, 1.03);
  },
  lesions: (random, grade, context, findings) => {
    const { lesions, reasons } = findings;
    const { disc, field } = context;
    const said = ['narrowed arteries'];
    if (grade >= 2) {
      const places = crossings(context.vessels, 26).filter(
        ({ x, y }) =>
          Math.hypot(x - field.x, y - field.y) < field.radius * 0.95 && shapes.offDisc(x, y, disc) > 1.3,
      );
      findings.vesselEdits.push(nick(places, 0.35));
      for (const { x, y, arteryDiameter, veinDiameter } of places)
        lesions.push(
          shapes.patch(random, 'arteriovenousNicking', [x, y], 1.6 * (arteryDiameter + veinDiameter), {
            ragged: 0,
            soft: 0.2,
            strength: 1,
            ratio: 1,
          }),
        );
      said.push('nicking where arteries cross veins');
    }
    if (grade >= 3) {
      const nearDisc = (x: number, y: number) => Math.hypot(x - disc.x, y) < 4200;
      const at = () => shapes.place(random, context, nearDisc);
      lesions.push(...many(random.whole(6, 24), () => shapes.flame(random, at(), disc.x)));
      lesions.push(...many(random.whole(3, 9), () => shapes.cottonWool(random, at(), disc.x)));
      said.push('flame haemorrhages, cotton-wool spots');
    }
    if (grade === 4) {
      findings.swelling = Math.max(findings.swelling, random.range(0.6, 1));
      lesions.push(...shapes.macularStar(random));
      said.push('swollen disc, macular star');
    }
    reasons.push(`Keith–Wagener–Barker ${grade}: ${said.join('; ')}`);
  },
};

const myopia: Rule = (random, grade, context, { lesions, reasons }) => {
  const { disc } = context;
  const said = ['tessellation'];
  if (grade >= 2) {
    said.push('crescent, diffuse atrophy');
    for (let crack = random.whole(0, 3); crack > 0; crack--)
      lesions.push(
        shapes.thread(
          random,
          'lacquerCrack',
          [random.normal(300, 800), random.normal(0, 800)],
          random.range(0, 6.3),
          random.range(900, 2400),
          random.range(35, 60),
          0.03,
        ),
      );
  }
  if (grade >= 3) {
    lesions.push(
      ...many(random.whole(1, 4), () => {
        const place = shapes.place(
          random,
          context,
          (x, y) => Math.hypot(x, y) > 1300 && Math.hypot(x, y) < 5000 && x < disc.x,
        );
        return shapes.patch(random, 'patchyAtrophy', place, random.range(500, 1900), {
          ragged: 0.8,
          soft: 0.3,
          strength: random.range(0.75, 1),
        });
      }),
    );
    lesions.push(
      ...many(random.whole(2, 8), () =>
        shapes.pigmentClump(
          random,
          shapes.place(random, context, (x, y) => Math.hypot(x, y) < 4500),
          random.range(80, 320),
        ),
      ),
    );
    said.push('patchy atrophy');
  }
  if (grade === 4) {
    lesions.push(
      shapes.patch(
        random,
        'patchyAtrophy',
        [random.normal(0, 200), random.normal(0, 200)],
        random.range(1500, 3200),
        { ragged: 0.7, soft: 0.12, strength: 0.95 },
      ),
    );
    said.push('macular atrophy');
  }
  reasons.push(`META-PM ${grade}: ${said.join(', ')}`);
};

const cataract: Rule = (random, grade, _, { lens, reasons }) => {
  lens.haze += [0, 0.38, 0.62, 0.85][grade]! * random.range(0.88, 1.12);
  lens.yellow += grade * 0.2;
  reasons.push(`Cataract ${grade}: ${['', 'mild', 'moderate', 'dense'][grade]} clouding`);
};

const OCCLUSION_COUNT = [0, 45, 110, 210];

const centralVein: Record<Phase, Rule> = {
  vessels: (random, grade, _, findings) => {
    findings.narrowing.vein *= 1 + (0.06 + grade * 0.06) * random.range(0.8, 1.1);
    findings.tortuosity *= 1.25 + grade * 0.35;
  },
  lesions: (random, grade, context, findings) => {
    const { disc } = context;
    const at = () =>
      shapes.place(random, context, (x, y) => Math.hypot(x - disc.x, y) < 2500 + 4500 * random.unit());
    findings.lesions.push(
      ...many(Math.round(OCCLUSION_COUNT[grade]! * random.range(0.8, 1.2)), () => {
        const place = at();
        return random.chance(0.65) ? shapes.flame(random, place, disc.x) : shapes.dotBlot(random, place);
      }),
    );
    findings.lesions.push(...many(random.whole(0, grade * 3), () => shapes.cottonWool(random, at(), disc.x)));
    findings.swelling = Math.max(findings.swelling, 0.2 + grade * 0.22);
    findings.reasons.push(
      `Central vein occlusion ${grade}: haemorrhages in all quadrants, wide winding veins, swollen disc`,
    );
  },
};

const branchVein: Rule = (random, grade, context, findings) => {
  const { disc, field } = context;
  const side = random.chance(0.66) ? -1 : 1;
  // The territory of one temporal vein, from a crossing outwards.
  const start = random.range(900, 2400);
  const territory = (x: number, y: number) => {
    const beyond = disc.x - x;
    return y * side > 150 && beyond > start - 700 && Math.hypot(beyond, y) > start && Math.abs(y) < 4700;
  };
  const points: shapes.Place[] = context.vessels
    .filter(({ kind }) => kind === 'vein')
    .flatMap(({ x, y }) => Array.from(x, (px, i): shapes.Place => [px, y[i]!]))
    .filter(([x, y]) => territory(x, y) && Math.hypot(x - field.x, y - field.y) < field.radius * 0.92);
  const at = (): shapes.Place => {
    if (points.length === 0) return shapes.place(random, context, territory);
    for (;;) {
      const [x, y] = random.pick(points);
      const near: shapes.Place = [x + random.normal(0, 320), y + random.normal(0, 320)];
      if (near[1] * side > 60) return near;
    }
  };
  findings.lesions.push(
    ...many(Math.round(OCCLUSION_COUNT[grade]! * 0.8 * random.range(0.8, 1.2)), () => {
      const place = at();
      return random.chance(0.7) ? shapes.flame(random, place, disc.x) : shapes.dotBlot(random, place);
    }),
  );
  findings.lesions.push(...many(random.whole(0, 2 * grade), () => shapes.cottonWool(random, at(), disc.x)));
  findings.reasons.push(
    `Branch vein occlusion ${grade}: haemorrhages ${side < 0 ? 'supero' : 'infero'}temporal, along one vein`,
  );
};

const centralArtery: Record<Phase, Rule> = {
  vessels: (_, grade, __, findings) => {
    findings.narrowing.artery *= [1, 0.85, 0.72, 0.6][grade]!;
  },
  lesions: (random, grade, _, findings) => {
    findings.lesions.push({
      ...shapes.patch(random, 'retinalWhitening', [600, 0], 5600 + grade * 700, {
        ragged: 0.15,
        soft: 0.8,
        strength: 0.25 + grade * 0.2,
        ratio: 0.85,
        angle: 0,
      }),
      spared: random.range(330, 480),
    });
    findings.pallor = Math.max(findings.pallor, grade * 0.2);
    findings.reasons.push(`Central artery occlusion ${grade}: pale oedema, cherry-red spot, thin arteries`);
  },
};

const branchArtery: Rule = (random, grade, _, findings) => {
  const side = random.chance(0.5) ? -1 : 1;
  findings.lesions.push({
    ...shapes.patch(random, 'retinalWhitening', [1500, side * 1750], 6200, {
      ragged: 0.5,
      soft: 1,
      strength: 0.3 + grade * 0.2,
      ratio: 0.48,
      angle: 0,
    }),
    spared: 300,
  });
  findings.reasons.push(
    `Branch artery occlusion ${grade}: pale oedema ${side < 0 ? 'above' : 'below'} the fovea`,
  );
};

/** Aperture of the hole, µm, by grade (International Vitreomacular Traction Study Group, Ophthalmology 2013). */
const APERTURE = [null, [130, 250], [255, 400], [410, 750]] as const;

const hole: Rule = (random, grade, _, { lesions, reasons }) => {
  const [low, high] = APERTURE[grade]!;
  const size = random.range(low, high);
  const round = { ragged: 0.05, soft: 0.15, strength: 1, ratio: random.range(0.92, 1) };
  const at = [random.normal(0, 25), random.normal(0, 25)] as const;
  // The cuff of fluid about it, then the hole.
  lesions.push(
    shapes.patch(random, 'subretinalFluid', at, size + random.range(350, 600), {
      ...round,
      soft: 0.35,
      strength: 0.8,
    }),
  );
  lesions.push(shapes.patch(random, 'macularHole', at, size, round));
  reasons.push(`Macular hole ${grade}: aperture ${Math.round(size)} µm`);
};

const membrane: Rule = (random, grade, _, { lesions, reasons }) => {
  lesions.push(
    shapes.patch(
      random,
      'epiretinalMembrane',
      [random.normal(0, 350), random.normal(0, 350)],
      random.range(2200, 3200 + 500 * grade),
      { ragged: 0.9, soft: 1, strength: 0.35 + 0.15 * grade },
    ),
  );
  const said = ['', 'the pit kept', 'the pit lost', 'inner layers across the fovea', 'layers disrupted'];
  reasons.push(`Epiretinal membrane ${grade}: ${said[grade]}`);
};

const RULES: Record<Disease, Partial<Record<Phase, Rule>>> = {
  dr: { lesions: retinopathy },
  dme: { lesions: oedema },
  amd: { lesions: degeneration },
  glaucoma: { lesions: glaucoma },
  hypertensive,
  myopia: { lesions: myopia },
  cataract: { lesions: cataract },
  crvo: centralVein,
  brvo: { lesions: branchVein },
  crao: centralArtery,
  brao: { lesions: branchArtery },
  hole: { lesions: hole },
  erm: { lesions: membrane },
};

/** Letters of the ODIR labels: N normal, D, G, C, A, H, M, O other. */
const LETTER: Record<Disease, string> = {
  dr: 'D',
  dme: 'D',
  glaucoma: 'G',
  cataract: 'C',
  amd: 'A',
  hypertensive: 'H',
  myopia: 'M',
  crvo: 'O',
  brvo: 'O',
  crao: 'O',
  brao: 'O',
  hole: 'O',
  erm: 'O',
};

/** The labels of an eye with these diseases, in the dataset's letters, `;` between. */
export function lettersOf(diseases: Readonly<Partial<Record<Disease, number>>>): string {
  const order = 'DGCAHMO';
  const letters = new Set(
    (Object.keys(DISEASES) as Disease[])
      .filter((disease) => (diseases[disease] ?? 0) > 0)
      .map((d) => LETTER[d]),
  );
  return letters.size === 0
    ? 'N'
    : [...letters].sort((a, b) => order.indexOf(a) - order.indexOf(b)).join(';');
}
