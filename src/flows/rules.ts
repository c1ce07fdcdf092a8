import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FoveaError } from '../core/errors.ts';
import { parseRule, type Rule } from '../outcome/index.ts';

/** The folder of the shipped rules; it lies beside `src/` and `dist/` alike. */
const folder = fileURLToPath(new URL('../../rules/', import.meta.url));

const shippedRules = async () => (await readdir(folder)).map((file) => file.replace(/\.json$/, '')).sort();

/** The shipped rules. */
export const listRules = async (): Promise<Rule[]> => Promise.all((await shippedRules()).map(openRule));

/** SHA-256 of what a rule says, however its file is laid out. */
export const ruleHash = (rule: Rule): string =>
  createHash('sha256').update(JSON.stringify(rule)).digest('hex');

/**
 * A shipped rule by name, or a file.
 *
 * @throws FoveaError `RULE_INVALID`
 */
export async function openRule(wanted: string): Promise<Rule> {
  const shipped = await shippedRules();
  const path = shipped.includes(wanted) ? `${folder}${wanted}.json` : wanted;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new FoveaError('RULE_INVALID', {
      reason: `there is no rule or file "${wanted}"`,
      expected: `${shipped.join(', ')}, or a file`,
      received: wanted,
    });
  });
  return parseRule(text);
}
