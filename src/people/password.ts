import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { takeTurns } from '../core/turns.ts';

/** What a guess costs. */
export interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * 46 MiB and one pass, the first of the settings that OWASP holds equal in strength (Password Storage Cheat Sheet, Argon2id):
 * of them the one that asks for most memory, which is what a guesser's hardware has least of.
 */
export const COST: Cost = { memory: 47_104, passes: 1, lanes: 1 };

/** RFC 9106, section 3.1 and 4: 128 bits of salt, 256 of tag. */
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Of what is stored nothing is computed that would take the machine down: 1 GiB, 64 passes, 16 lanes. */
const MOST: Cost = { memory: 1024 ** 2, passes: 64, lanes: 16 };

const compute = promisify(argon2);
/** Many that log in at once wait for each other, not the pictures for them. */
const inTurn = takeTurns(2);

interface Stored {
  readonly cost: Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/**
 * The password as it is stored: argon2id (RFC 9106) as a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$tag`
 * (https://github.com/P-H-C/phc-string-format).
 */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, salt, cost, TAG_BYTES);
  const { memory, passes, lanes } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${encode(salt)}$${encode(tag)}`;
}

/** Whether it is the password that `stored` was made of; no stored text is one that fits everything. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parse(stored);
  if (!parsed) return false;
  const tag = await derive(password, parsed.salt, parsed.cost, parsed.tag.length);
  return timingSafeEqual(tag, parsed.tag);
}

/** Whether a guess at what is stored costs less than it would today. */
export function isOutdated(stored: string, cost: Cost = COST): boolean {
  const parsed = parse(stored);
  if (!parsed) return true;
  const { memory, passes } = parsed.cost;
  return memory * passes < cost.memory * cost.passes || parsed.tag.length < TAG_BYTES;
}

/** Unicode's compatible forms are the same password, however a keyboard puts them together (NIST SP 800-63B, 5.1.1.2). */
const bytesOf = (password: string) => Buffer.from(password.normalize('NFKC'), 'utf8');

const derive = (password: string, nonce: Buffer, { memory, passes, lanes }: Cost, tagLength: number) =>
  inTurn(
    async () =>
      (await compute('argon2id', {
        message: bytesOf(password),
        nonce,
        parallelism: lanes,
        tagLength,
        memory,
        passes,
      })) as Buffer,
  );

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

function parse(stored: string): Stored | undefined {
  const found = PHC.exec(stored);
  if (!found) return undefined;
  const [memory, passes, lanes] = found.slice(1, 4).map(Number) as [number, number, number];
  if (memory > MOST.memory || memory < 8 * lanes || passes > MOST.passes || passes < 1) return undefined;
  if (lanes > MOST.lanes || lanes < 1) return undefined;
  return {
    cost: { memory, passes, lanes },
    salt: Buffer.from(found[4]!, 'base64'),
    tag: Buffer.from(found[5]!, 'base64'),
  };
}

const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
