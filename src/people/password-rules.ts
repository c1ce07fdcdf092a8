import { FoveaError } from '../core/errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** Longer than the eight that NIST asks for at least: nothing but the password stands before the patients. */
export const LEAST_CHARACTERS = 12;
/** Above NIST's 64 at least; every one of them is counted. */
export const MOST_CHARACTERS = 256;

/** What makes the name of this program a guess. */
const SERVICE = /^(fovea|retina|fundus)+[\d\W_]*$/u;
/** One to four characters over and over. */
const REPEATED = /^(.{1,4}?)\1+.{0,3}$/su;

/**
 * The rules of NIST SP 800-63B (revision 3), section 5.1.1.2: length, and nothing that is guessed first. What kinds of characters it
 * is made of is nobody's business.
 *
 * @throws FoveaError `PASSWORD_WEAK`
 */
export function demandGoodPassword(password: string, login: string): void {
  const length = [...password.normalize('NFKC')].length;
  if (length < LEAST_CHARACTERS)
    weak('it is too short', `${LEAST_CHARACTERS} characters or more`, `${length} characters`);
  if (length > MOST_CHARACTERS)
    weak('it is too long', `${MOST_CHARACTERS} characters at most`, `${length} characters`);
  const plain = password.normalize('NFKC').toLowerCase();
  if (isOnly(plain, login.toLowerCase())) weak('it is the login');
  if (COMMON_PASSWORDS.has(plain)) weak('it is one of the commonest, the first that are tried');
  if (REPEATED.test(plain)) weak('it repeats the same few characters');
  if (SERVICE.test(plain)) weak('it is the name of this program');
}

/** Whether a text is the login, once or several times, and digits or signs around it. */
const isOnly = (text: string, login: string) =>
  login !== '' && text.includes(login) && /^[\d\W_]*$/u.test(text.replaceAll(login, ''));

function weak(reason: string, expected?: string, received?: string): never {
  throw new FoveaError('PASSWORD_WEAK', {
    reason,
    ...(expected && { expected }),
    ...(received && { received }),
  });
}
