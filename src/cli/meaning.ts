import { Option } from 'commander';
import type { Reading } from '../flows/reading.ts';
import { percent } from './text.ts';

export const operatingPointOption = () =>
  new Option('--operating-point <name>', "one of the model's: balanced, sensitivity 90 %, …");

export const prevalenceOption = () =>
  new Option(
    '--prevalence <label=share,…>',
    'how frequent a label is among those who are read, 0 to 1',
  ).argParser(readPrevalence);

/** `D=0.1,G=0.02` → shares by label; what is wrong with one is told when the model is known. */
export const readPrevalence = (text: string): Record<string, number> =>
  Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.lastIndexOf('=');
      return [
        pair.slice(0, at).trim(),
        at < 0 || !pair.slice(at + 1).trim() ? Number.NaN : Number(pair.slice(at + 1)),
      ];
    }),
  );

/** What the answer means beyond its bars, a line each. */
export function describeMeaning({ outputs, derived, set, operatingPoint }: Reading): string[] {
  const worth = [...outputs, ...derived].flatMap(({ name, atPrevalence: at }) =>
    at
      ? [
          `${name} at a prevalence of ${percent(at.prevalence)}: probability ${percent(at.probability)}${at.ppv === null ? '' : `, PPV ${percent(at.ppv)}, NPV ${percent(at.npv!)}`}`,
        ]
      : [],
  );
  return [
    ...derived.map(
      ({ name, probability, threshold, positive }) =>
        `${positive ? '▸' : ' '} ${name}: ${percent(probability)} (${positive ? 'at or above' : 'below'} ${percent(threshold)})`,
    ),
    ...(set ? [set.words] : []),
    ...worth,
    operatingPoint ? `Operating point: ${operatingPoint}.` : 'Not calibrated: the bars are not chances.',
  ];
}
