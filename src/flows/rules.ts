import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FoveaError } from '../core/errors.ts';
import { parseRule, type Rule } from '../outcome/index.ts';

/** The folder of the shipped rules; it lies beside `src/` and `dist/` alike. */
const folder = fileURLToPath(new URL('../../rules/', import.meta.url));

let shipped: ReadonlyMap<string, Rule> | undefined;

/** By name; read once, since they come and go with Fovea. */
async function shippedRules(): Promise<ReadonlyMap<string, Rule>> {
  if (shipped) return shipped;
  const files = (await readdir(folder)).sort();
  const rules = await Promise.all(
    files.map(async (file) => parseRule(await readFile(`${folder}${file}`, 'utf8'))),
  );
  shipped = new Map(rules.map((rule, i) => [files[i]!.replace(/\.json$/, ''), rule]));
  return shipped;
}

/** The shipped rules. */
export const listRules = async (): Promise<Rule[]> => [...(await shippedRules()).values()];

/** SHA-256 of what a rule says, however its file is laid out. */
export const ruleHash = (rule: Rule): string =>
  createHash('sha256').update(JSON.stringify(rule)).digest('hex');

/**
 * A shipped rule by name, or a file.
 *
 * @throws FoveaError `RULE_INVALID`
 */
export async function openRule(wanted: string): Promise<Rule> {
  const rules = await shippedRules();
  const rule = rules.get(wanted);
  if (rule) return rule;
  const text = await readFile(wanted, 'utf8').catch(() => {
    throw new FoveaError('RULE_INVALID', {
      reason: `there is no rule or file "${wanted}"`,
      expected: `${[...rules.keys()].join(', ')}, or a file`,
      received: wanted,
    });
  });
  return parseRule(text);
}
