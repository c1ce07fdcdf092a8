import { createHash, randomBytes } from 'node:crypto';

/** 256 bits: not guessed, so a fast hash is enough to keep them. */
const SECRET_BYTES = 32;

/** A new secret, 43 characters that stand in headers and cookies as they are. */
export const makeSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** What the database keeps of a secret, SHA-256 in hex: who reads the database still has no key to the house. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');
