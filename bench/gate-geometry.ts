/**
 * Makes the tables of docs/gates.md:
 *
 *     node bench/gate-geometry.ts [--only phantoms,idrid,laterality,sheets,nothing,speed] [--data FOLDER]
 *     node bench/gate-geometry.ts --folder PHOTOGRAPHS      one line a photograph of yours, and which eye by its name
 *
 * `--data`: folder with odir/, eyepacs/, idrid/ and chase/ (default ../shared/data). Only what training/gate_geometry.py
 * left out is measured: `suggested_split` val of ODIR, patients of EyePACS and pictures of IDRiD with an odd CRC-32, all
 * of CHASE_DB1, and phantoms of other seeds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { random } from '../src/core/random.ts';
import { parseCsv } from '../src/formats/csv.ts';
import { findGeometry, type Geometry } from '../src/gate/geometry.ts';
import { type Eye, eyeOfFileName } from '../src/gate/laterality.ts';
import { decode, type Image, resize } from '../src/image/index.ts';
import {
  type Artefact,
  CAMERAS,
  type Camera,
  DISEASES,
  type Disease,
  type FundusParameters,
  renderFundus,
} from '../src/synth/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'phantoms,idrid,laterality,sheets,nothing,speed' },
    data: { type: 'string', default: join(root, '../shared/data') },
    folder: { type: 'string' },
  },
});

const PHANTOMS = 150;
const PHANTOM_SIZE = 384;

const percent = (part: number, whole: number) => (whole ? ((100 * part) / whole).toFixed(1) : '–');
const share = (part: number, whole: number) => `${percent(part, whole)} % (${part}/${whole})`;
const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  console.log(
    [head, head.map((_, i) => (i ? '--:' : '---')), ...rows]
      .map((row) => `| ${row.join(' | ')} |`)
      .join('\n'),
    '\n',
  );

const load = async (path: string) => decode(readFileSync(path));

/** Kept for measuring? training/gate_geometry.py asks the same. */
const isMeasured = (source: string, name: string) => (crc32(`${source}/${name}`) & 1) === 1;

// --- phantoms -------------------------------------------------------------------------------------------------------

/** Strength of a fault beyond what is usual. */
const FAULTY: Partial<Record<Artefact, number>> = { defocus: 0.45, haze: 0.4, tilt: 0.6, vignette: 0.8 };

interface PhantomSet {
  readonly name: string;
  readonly parameters: (number: number) => Partial<FundusParameters>;
  readonly change?: (image: Image) => Image;
}

const usual = (number: number): Partial<FundusParameters> => {
  const stream = random(`gate-geometry-measure/${number}`);
  const disease = stream.pick(Object.keys(DISEASES) as Disease[]);
  const diseases = stream.chance(0.4) ? {} : { [disease]: stream.whole(1, DISEASES[disease].grades[1]) };
  return { diseases, field: stream.pick([45, 45, 50] as const) };
};

const redFree = ({ width, height, data }: Image): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => data[i * 3 + 1]!),
});

const sets: readonly PhantomSet[] = [
  ...(Object.keys(CAMERAS) as Camera[]).map((camera) => ({
    name: `${CAMERAS[camera]}, macula-centred`,
    parameters: (number: number) => ({ ...usual(number), camera }),
  })),
  {
    name: 'table-top, disc-centred',
    parameters: (number) => ({ ...usual(number), centring: 'disc' }),
  },
  {
    name: 'table-top, 30°, macula-centred',
    parameters: (number) => ({ ...usual(number), field: 30 }),
  },
  {
    name: 'table-top, red-free (green channel, grey)',
    parameters: usual,
    change: redFree,
  },
  {
    name: `hand-held with faults (${Object.entries(FAULTY)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ')})`,
    parameters: (number) => ({ ...usual(number), camera: 'handheld', artefacts: FAULTY }),
  },
];

async function phantoms(): Promise<void> {
  const rows: string[][] = [];
  for (const { name, parameters, change = (image: Image) => image } of sets) {
    const off = { disc: [] as number[], fovea: [] as number[] };
    let [right, answered, centred, angles] = [0, 0, 0, 0];
    for (let number = 0; number < PHANTOMS; number++) {
      const chosen = { size: PHANTOM_SIZE, seed: `gate-geometry-measure/${number}`, ...parameters(number) };
      const { image: data, width, height, truth } = renderFundus(chosen);
      const geometry = await findGeometry(change({ width, height, channels: 3, data }));
      const diameter = truth.discHeightMicrometres / truth.micrometresPerPixel;
      for (const [part, [x, y]] of [
        ['disc', truth.discCentre],
        ['fovea', truth.foveaCentre],
      ] as const) {
        // What lies outside the lit field cannot be found.
        if (Math.hypot(x - width / 2, y - height / 2) > 0.975 * (width / 2)) continue;
        const place = geometry[part];
        off[part].push(place ? Math.hypot(place.x - x, place.y - y) / diameter : Number.POSITIVE_INFINITY);
      }
      if (geometry.laterality) answered++;
      if (geometry.laterality?.eye === truth.eye) right++;
      if (geometry.centring === (chosen.centring ?? 'macula')) centred++;
      angles += geometry.fieldAngle ? Math.abs(geometry.fieldAngle - (chosen.field ?? 45)) / PHANTOMS : 0;
    }
    const within = (list: readonly number[]) => list.filter((d) => d <= 0.5).length;
    rows.push([
      name,
      share(within(off.disc), off.disc.length),
      quantile(off.disc, 0.5).toFixed(2),
      share(within(off.fovea), off.fovea.length),
      quantile(off.fovea, 0.5).toFixed(2),
      share(right, answered),
      share(centred, PHANTOMS),
      angles.toFixed(1),
    ]);
  }
  console.log('Phantoms of other seeds: places within half a disc diameter of the truth\n');
  table(
    [
      'set',
      'disc',
      'median, DD',
      'fovea',
      'median, DD',
      'eye right, of answered',
      'centring right',
      'field angle off by, °',
    ],
    rows,
  );
}

// --- IDRiD: the disc by its observer's mask -------------------------------------------------------------------------

async function idrid(): Promise<void> {
  const folder = join(options.data, 'idrid');
  const off: number[] = [];
  const sizes: number[] = [];
  for (const file of readdirSync(join(folder, 'images'))) {
    if (!isMeasured('idrid', file)) continue;
    const image = await load(join(folder, 'images', file));
    const mask = await load(join(folder, 'masks_OD', file.replace('.jpg', '_OD.png')));
    const box = boxOf(mask);
    const scale = image.width / mask.width;
    const [x, y] = [((box.left + box.right) / 2) * scale, ((box.top + box.bottom) / 2) * scale];
    const height = (box.bottom - box.top + 1) * scale;
    const { disc } = await findGeometry(image);
    off.push(disc ? Math.hypot(disc.x - x, disc.y - y) / height : Number.POSITIVE_INFINITY);
    if (disc) sizes.push(Math.abs(Math.log(disc.diameter / height)));
  }
  console.log('IDRiD, the half not learned from: disc within half its height of the middle of its mask\n');
  const within = off.filter((d) => d <= 0.5).length;
  table(
    ['pictures', 'within ½', 'median, DD', 'worst, DD', 'diameter off by, median'],
    [
      [
        String(off.length),
        share(within, off.length),
        quantile(off, 0.5).toFixed(2),
        Math.max(...off).toFixed(2),
        `${(100 * Math.expm1(quantile(sizes, 0.5))).toFixed(0)} %`,
      ],
    ],
  );
}

function boxOf({ width, channels, data }: Image) {
  const box = { left: Number.POSITIVE_INFINITY, top: Number.POSITIVE_INFINITY, right: -1, bottom: -1 };
  for (let at = 0; at < data.length; at += channels) {
    if (data[at]! < 128) continue;
    const [x, y] = [(at / channels) % width, Math.floor(at / channels / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

// --- which eye ------------------------------------------------------------------------------------------------------

/** Keywords of ODIR's readers that say that the photograph itself is wanting. */
const WANTING = /lens dust|low image quality|refractive media opacity|vitreous opacity/;

async function laterality(): Promise<void> {
  const rows: string[][] = [];
  const odir = recordsOf(join(options.data, 'odir/labels.csv')).filter((r) => r.suggested_split === 'val');
  const eyepacs = recordsOf(join(options.data, 'eyepacs/labels.csv')).filter((r) =>
    isMeasured('eyepacs', r.patient!),
  );
  const chase = readdirSync(join(options.data, 'chase')).filter((file) => file.endsWith('.jpg'));
  const listed = [
    ...odir.map((r) => ({ set: 'ODIR', file: join('odir', r.file!), usable: !WANTING.test(r.keywords!) })),
    ...eyepacs.map((r) => ({ set: 'EyePACS', file: join('eyepacs', r.file!), usable: true })),
    ...chase.map((file) => ({ set: 'CHASE_DB1', file: join('chase', file), usable: true })),
  ];
  const answers: { set: string; file: string; usable: boolean; eye: Eye; geometry: Geometry }[] = [];
  for (const { set, file, usable } of listed) {
    const geometry = await findGeometry(await load(join(options.data, file)));
    answers.push({ set, file, usable, eye: eyeOfFileName(file)!, geometry });
  }
  const row = (name: string, chosen: typeof answers) => {
    if (chosen.length === 0) return;
    const answered = chosen.filter((a) => a.geometry.laterality);
    const right = answered.filter((a) => a.geometry.laterality!.eye === a.eye).length;
    const both = chosen.filter((a) => a.geometry.disc && a.geometry.fovea).length;
    rows.push([
      name,
      String(chosen.length),
      share(both, chosen.length),
      share(answered.length, chosen.length),
      share(right, answered.length),
      share(right, chosen.length),
    ]);
  };
  const isMacula = (a: { geometry: Geometry }) => a.geometry.centring === 'macula';
  for (const set of ['ODIR', 'EyePACS', 'CHASE_DB1']) {
    const of = answers.filter((a) => a.set === set);
    row(`${set}, all`, of);
    row(`${set}, macula-centred`, of.filter(isMacula));
    if (set === 'ODIR')
      row(
        `${set}, macula-centred, gradable`,
        of.filter((a) => isMacula(a) && a.usable),
      );
    const upright = (a: { geometry: Geometry }) => (a.geometry.inverted ?? 0) < 0.5;
    row(
      `${set}, macula-centred, not suspected upside down`,
      of.filter((a) => isMacula(a) && upright(a)),
    );
  }
  console.log('Which eye, against the file name\n');
  table(
    ['photographs', 'n', 'disc and fovea found', 'answered', 'right, of answered', 'right, of all'],
    rows,
  );
  const taken = answers.filter((a) => a.geometry.fields > 1).length;
  console.log(`Single photographs taken for a sheet: ${share(taken, answers.length)}\n`);
  console.log(
    'Upside down: suspected at 0.5, where disc and fovea contradict the name in EyePACS, and where not\n',
  );
  const told = answers.filter((a) => a.geometry.inverted !== null && a.geometry.laterality);
  const suspected = (chosen: typeof answers) =>
    share(chosen.filter((a) => a.geometry.inverted! >= 0.5).length, chosen.length);
  const isAgainst = (a: (typeof answers)[number]) => a.geometry.laterality!.eye !== a.eye;
  table(
    ['photographs', 'suspected'],
    [
      ['EyePACS, against the name', suspected(told.filter((a) => a.set === 'EyePACS' && isAgainst(a)))],
      ['EyePACS, as the name says', suspected(told.filter((a) => a.set === 'EyePACS' && !isAgainst(a)))],
      ['ODIR, as the name says', suspected(told.filter((a) => a.set === 'ODIR' && !isAgainst(a)))],
    ],
  );
  console.log('How sure, and how often right (ODIR)\n');
  const bands = [0.7, 0.8, 0.9, 0.95, 0.99, 1.01];
  table(
    ['confidence', 'right'],
    bands.slice(0, -1).map((low, i) => {
      const inBand = answers.filter(({ set, geometry: { laterality: eye } }) => {
        return set === 'ODIR' && eye && eye.confidence >= low && eye.confidence < bands[i + 1]!;
      });
      return [
        `${low} – ${Math.min(1, bands[i + 1]!)}`,
        share(inBand.filter((a) => a.geometry.laterality!.eye === a.eye).length, inBand.length),
      ];
    }),
  );
  console.log('Wrong, macula-centred, of ODIR:');
  for (const { file, geometry } of answers.filter(
    (a) => a.set === 'ODIR' && isMacula(a) && a.geometry.laterality && a.geometry.laterality.eye !== a.eye,
  ))
    console.log(
      `  ${file}: ${geometry.laterality!.eye} ${geometry.laterality!.confidence.toFixed(2)}, upside down ${geometry.inverted?.toFixed(2) ?? '–'}`,
    );
}

function recordsOf(path: string): Record<string, string>[] {
  const [head, ...rows] = parseCsv(readFileSync(path, 'utf8'));
  return rows.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i] ?? ''])));
}

// --- several on one sheet ------------------------------------------------------------------------------------------

async function sheets(): Promise<void> {
  const SHEETS = 20;
  const rows: string[][] = [];
  for (const [columns, down] of [
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 2],
  ] as const) {
    let right = 0;
    for (let number = 0; number < SHEETS; number++) {
      const size = 240;
      const width = size * columns;
      const data = new Uint8Array(width * size * down * 3);
      for (let place = 0; place < columns * down; place++) {
        const seed = `gate-geometry-sheet/${number}/${place}`;
        const { image } = renderFundus({ seed, size, camera: 'handheld' });
        const start = Math.floor(place / columns) * size * width + (place % columns) * size;
        for (let y = 0; y < size; y++)
          data.set(image.subarray(y * size * 3, (y + 1) * size * 3), (start + y * width) * 3);
      }
      const { fields } = await findGeometry({ width, height: size * down, channels: 3, data });
      if (fields === columns * down) right++;
    }
    rows.push([`${columns} × ${down}`, share(right, SHEETS)]);
  }
  console.log('Sheets of hand-held phantoms side by side on black: fields counted right\n');
  table(['sheet', 'right'], rows);
}

// --- no eye at all --------------------------------------------------------------------------------------------------

async function nothing(): Promise<void> {
  const stream = random('gate-geometry-nothing');
  const kinds: Record<string, () => number> = {
    black: () => 0,
    white: () => 255,
    grey: () => 128,
    noise: () => stream.whole(0, 255),
  };
  const rows: string[][] = [];
  for (const [name, tone] of Object.entries(kinds)) {
    const data = Uint8Array.from({ length: 300 * 300 * 3 }, tone);
    const {
      disc,
      fovea,
      laterality: eye,
    } = await findGeometry({ width: 300, height: 300, channels: 3, data });
    rows.push([name, disc ? 'found' : 'none', fovea ? 'found' : 'none', eye?.eye ?? 'none']);
  }
  console.log('Pictures of nothing\n');
  table(['picture', 'disc', 'fovea', 'eye'], rows);
}

// --- time -----------------------------------------------------------------------------------------------------------

async function speed(): Promise<void> {
  const { image, width, height } = renderFundus({ seed: 'gate-geometry-speed', size: 1024 });
  const original: Image = { width, height, channels: 3, data: image };
  const rows: string[][] = [];
  for (const side of [256, 1024, 3000]) {
    const { data } = resize(original, { width: side, height: side }, 'pil_bilinear');
    const picture: Image = { width: side, height: side, channels: 3, data: data as Uint8Array };
    for (let i = 0; i < 5; i++) await findGeometry(picture);
    const walls: number[] = [];
    const before = process.cpuUsage();
    for (let i = 0; i < 40; i++) {
      const start = performance.now();
      await findGeometry(picture);
      walls.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    rows.push([
      `${side} × ${side}`,
      quantile(walls, 0.5).toFixed(1),
      quantile(walls, 0.95).toFixed(1),
      ((user + system) / 1000 / walls.length).toFixed(1),
    ]);
  }
  console.log(`Time of one decoded photograph, one thread (${cpus()[0]?.model})\n`);
  table(['pixels', 'median, ms', '95 %, ms', 'processor time, ms'], rows);
}

// --- a folder of one's own ------------------------------------------------------------------------------------------

async function own(folder: string): Promise<void> {
  const rows: string[][] = [];
  const count = { told: 0, right: 0 };
  for (const file of readdirSync(folder).filter((name) => /\.(jpe?g|png|tiff?)$/i.test(name))) {
    const {
      disc,
      fovea,
      laterality: eye,
      centring,
      fieldAngle,
    } = await findGeometry(await load(join(folder, file)));
    const byName: Eye | null = eyeOfFileName(file);
    if (byName && eye) count.told++;
    if (byName && eye?.eye === byName) count.right++;
    const place = (p: { x: number; y: number; confidence: number } | null) =>
      p ? `${p.x.toFixed(0)}, ${p.y.toFixed(0)} (${p.confidence.toFixed(2)})` : '–';
    rows.push([
      basename(file),
      place(disc),
      place(fovea),
      eye ? `${eye.eye} (${eye.confidence.toFixed(2)})` : '–',
      byName ?? '–',
      centring ?? '–',
      fieldAngle?.toFixed(0) ?? '–',
    ]);
  }
  table(['file', 'disc', 'fovea', 'eye', 'eye by name', 'centring', 'field, °'], rows);
  console.log(`Eye as the file name says: ${share(count.right, count.told)}`);
}

const parts: Record<string, () => Promise<void>> = { phantoms, idrid, laterality, sheets, nothing, speed };
if (options.folder) await own(options.folder);
else for (const name of options.only.split(',')) await parts[name]!();
