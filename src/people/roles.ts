import { FoveaError } from '../core/errors.ts';

/** Each may do what those before it may. */
export const ROLES = ['technician', 'reader', 'senior', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** What is done → the least role that may. The routes ask for these; docs/security.md shows them. */
export const LEAST = {
  look: 'technician',
  import: 'technician',
  'correct patients and eyes': 'technician',
  'make own tokens': 'technician',
  sign: 'reader',
  report: 'reader',
  'see performance': 'reader',
  'overrule a signed review': 'senior',
  'change settings': 'senior',
  'change models': 'senior',
  'manage users': 'admin',
  'manage webhooks': 'admin',
  'see the audit': 'admin',
  'look after storage': 'admin',
  'back up': 'admin',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof LEAST;

/** Whether `role` is `least` or above it. */
export const isAtLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

/** The lower of two roles: a token's, once the role of its owner sinks. */
export const lowerOf = (one: Role, other: Role): Role => (isAtLeast(one, other) ? other : one);

/** @throws FoveaError `FORBIDDEN` where somebody gives a role above their own */
export function demandMayGive(giver: Role, role: Role): void {
  if (isAtLeast(giver, role)) return;
  throw new FoveaError('FORBIDDEN', {
    reason: `nobody gives a role above their own`,
    expected: `${giver} or below`,
    received: role,
  });
}

/** @throws FoveaError `FORBIDDEN` where `role` is below `least` */
export function demandRole(role: Role, least: Role): void {
  if (isAtLeast(role, least)) return;
  throw new FoveaError('FORBIDDEN', {
    reason: 'it takes another role',
    expected: `${least}${least === 'admin' ? '' : ' or above'}`,
    received: role,
  });
}
