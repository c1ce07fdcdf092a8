import { Option } from 'commander';
import type { GateReading } from '../flows/reading.ts';

export const eyeOption = () => new Option('--eye <eye>', 'which eye it is').choices(['OD', 'OS']);

export const overrideOption = () =>
  new Option(
    '--override <reason>',
    'read even what the gate refuses; the reason is recorded in the answer',
  ).argParser((reason: string) => {
    if (!reason.trim()) throw new RangeError('--override takes a reason.');
    return reason;
  });

const EYES = { OD: 'right eye (OD)', OS: 'left eye (OS)' } as const;

/** What the gate found, a line for each thing that a reader should know. */
export function describeGate({
  modality,
  laterality,
  centring,
  quality,
  effect,
  warnings,
  overridden,
}: GateReading): string[] {
  const facts = [
    modality.modality === 'fundus' ? 'colour fundus' : modality.modality,
    ...(laterality.eye ? [EYES[laterality.eye]] : []),
    ...(centring && centring !== 'other' ? [`${centring} in the centre`] : []),
    ...(quality ? [`quality ${quality.verdict}`] : []),
  ];
  const isDoubtful = quality && quality.verdict !== 'good';
  return [
    facts.join(' · '),
    ...(isDoubtful ? [effect.words] : []),
    ...(quality?.reasons ?? []).map(({ words, where }) => `! ${words} (${where.join(', ')})`),
    ...(quality?.advice ?? []).map((advice) => `→ ${advice}`),
    ...warnings.map((warning) => `! ${warning}`),
    ...(overridden ? [`! Read against the gate (${overridden.code}): ${overridden.reason}`] : []),
  ];
}
