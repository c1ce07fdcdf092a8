import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { openRule } from '../flows/rules.ts';
import { parseCsv } from '../formats/csv.ts';
import {
  askedLabels,
  decide,
  type Eye,
  type ImageFinding,
  QUALITIES,
  type Quality,
  type Rule,
} from '../outcome/index.ts';
import { type Done, EXIT } from './exit.ts';
import { printJson } from './text.ts';

interface Options {
  readonly rule: string;
  readonly json?: boolean;
}

/** `fovea outcome FINDINGS.csv [--rule R] [--json]` */
export const outcomeCommand = (done: Done): Command =>
  new Command('outcome')
    .description('From what was read in images to what becomes of each patient.')
    .argument(
      '<findings.csv>',
      'columns file, patient, eye (OD, OS or empty), quality, and grade, oedema or labels',
    )
    .option(
      '-r, --rule <name|path>',
      'icdr-referable, vision-threatening, any-disease, or a file',
      'icdr-referable',
    )
    .option('--json', 'one JSON object a patient')
    .action(async (path: string, options: Options) => {
      const rule = await openRule(options.rule);
      const text = await readFile(path, 'utf8').catch(() => {
        throw new FoveaError('FILE_NOT_FOUND', { path });
      });
      for (const [patient, images] of findingsOf(text, rule)) {
        const outcome = decide(rule, images);
        if (options.json) printJson({ patient, ...outcome, disclaimer: DISCLAIMER });
        else {
          console.log(`${patient}: ${outcome.result}. ${outcome.say} ${sentence(outcome.next)}`);
          for (const { eye, result, say, file } of outcome.eyes)
            console.log(`  ${eye ?? 'eye unknown'}: ${result}. ${say}${file ? ` (${basename(file)})` : ''}`);
        }
      }
      if (!options.json) {
        console.log(`\nRule: ${rule.title} (${rule.meaning}), ${rule.id} version ${rule.version}.`);
        console.log(`Sources: ${rule.sources.join('; ')}.\n${DISCLAIMER}`);
      }
      done(EXIT.allDone);
    });

const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** What sets of labels call an eye in which nothing was found: ODIR's letter, and that of OCT scans; rules need not name it. */
const NORMAL = ['N', 'Normal', 'NORMAL'];

/** Patient → images. Nothing is left out silently: a row that cannot be used refuses the file. */
function findingsOf(text: string, rule: Rule): Map<string, ImageFinding[]> {
  const [header = [], ...rows] = parseCsv(text);
  const column = (name: string) => header.map((title) => title.trim().toLowerCase()).indexOf(name);
  const invalid = (reason: string, expected = '', received = ''): never => {
    throw new FoveaError('FINDINGS_INVALID', { reason, ...(expected && { expected, received }) });
  };
  for (const name of ['file', 'patient', 'eye', 'quality'])
    if (column(name) < 0) invalid(`it has no column "${name}"`);
  if (['grade', 'oedema', 'labels'].every((name) => column(name) < 0))
    invalid('it has none of the columns grade, oedema and labels');
  const asked = askedLabels(rule);
  const known = [...new Set([...NORMAL, ...asked])];
  const patients = new Map<string, ImageFinding[]>();
  rows.forEach((row, i) => {
    const at = (name: string) => (row[column(name)] ?? '').trim();
    const where = `row ${i + 2}`;
    const patient = at('patient') || invalid(`${where} names no patient`);
    const eye = at('eye').toUpperCase();
    if (!['', 'OD', 'OS'].includes(eye)) invalid(`${where}: eye`, 'OD, OS or nothing', eye);
    const quality = at('quality').toLowerCase();
    if (!QUALITIES.includes(quality as Quality)) invalid(`${where}: quality`, QUALITIES.join(', '), quality);
    const grade = at('grade');
    if (!/^[0-4]?$/.test(grade)) invalid(`${where}: grade`, '0 to 4, or nothing', grade);
    const oedema = at('oedema').toLowerCase();
    if (!['', 'yes', 'no'].includes(oedema)) invalid(`${where}: oedema`, 'yes, no or nothing', oedema);
    const labels = at('labels')
      .split(/[;|]/)
      .map((label) => label.trim())
      .filter(Boolean);
    // In another spelling a disease would be none that the rule knows, and the eye healthy.
    const unknown = asked.length > 0 && labels.find((label) => !known.includes(label));
    if (unknown) invalid(`${where}: label`, known.join(', '), unknown);
    const images = patients.get(patient) ?? [];
    patients.set(patient, images);
    images.push({
      file: at('file'),
      eye: eye === '' ? undefined : (eye as Eye),
      quality: quality as Quality,
      ...(grade !== '' && { grade: Number(grade) }),
      ...(oedema !== '' && { oedema: oedema === 'yes' }),
      ...(column('labels') >= 0 && { labels }),
    });
  });
  if (patients.size === 0) invalid('it has no rows');
  return patients;
}
