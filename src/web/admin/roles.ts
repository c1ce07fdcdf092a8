import type { Role } from '../../server/clinic-contract.ts';

/** From least to most, with what each may do. */
export const ROLES: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'technician', label: 'technician: imports, corrects patients and eyes' },
  { value: 'reader', label: 'reader: grades and signs as well' },
  { value: 'senior', label: 'senior: overrules signed readings and changes settings as well' },
  { value: 'admin', label: 'admin: people, storage, backups, audit as well' },
];
