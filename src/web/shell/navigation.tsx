import { useEffect, useRef } from 'react';
import type { Role } from '../../server/clinic-contract.ts';
import {
  AdminIcon,
  BatchesIcon,
  LensIcon,
  Mark,
  ModelsIcon,
  PatientsIcon,
  PerformanceIcon,
  SyntheticIcon,
  WorklistIcon,
} from '../icons.tsx';
import {
  ADMIN,
  BATCHES,
  MODELS,
  PATIENTS,
  PERFORMANCE,
  PICTURES,
  type Route,
  SYNTHETIC,
  WORKLIST,
} from '../route.ts';
import classes from './navigation.module.css';
import { PersonMenu } from './person-menu.tsx';
import { SchemeSwitch } from './scheme-switch.tsx';
import { isAtLeast, useUser } from './session.ts';

interface Place {
  readonly address: string;
  /** What stands under the icon. */
  readonly word: string;
  /** The whole name; holds the word. */
  readonly name: string;
  readonly icon: typeof LensIcon;
  readonly pages: readonly Route['page'][];
  /** Who is let in; everybody where it is left out. */
  readonly least?: Role;
}

const PLACES: readonly Place[] = [
  { address: PICTURES, word: 'Read', name: 'Read a picture', icon: LensIcon, pages: ['pictures'] },
  { address: WORKLIST, word: 'Worklist', name: 'Worklist', icon: WorklistIcon, pages: ['worklist', 'read'] },
  { address: BATCHES, word: 'Batches', name: 'Batches', icon: BatchesIcon, pages: ['batches', 'batch'] },
  {
    address: PATIENTS,
    word: 'Patients',
    name: 'Patients',
    icon: PatientsIcon,
    pages: ['patients', 'patient'],
  },
  { address: MODELS, word: 'Models', name: 'Models', icon: ModelsIcon, pages: ['models', 'model'] },
  { address: SYNTHETIC, word: 'Synthetic', name: 'Synthetic eye', icon: SyntheticIcon, pages: ['synthetic'] },
  {
    address: PERFORMANCE,
    word: 'Performance',
    name: 'Performance',
    icon: PerformanceIcon,
    pages: ['performance'],
    least: 'reader',
  },
  { address: ADMIN, word: 'Admin', name: 'Admin', icon: AdminIcon, pages: ['admin'], least: 'senior' },
];

/** The way about: a rail at the left, a line at the top of a narrow window. */
export function Navigation({ page }: { readonly page: Route['page'] }) {
  const { role } = useUser();
  const list = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the current one is brought into sight when it changes
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [page]);
  return (
    <nav className={classes.rail} aria-label="Pages">
      <a className={classes.mark} href={PICTURES} aria-label="Fovea">
        <Mark size={28} />
      </a>
      <ul className={classes.places} ref={list}>
        {PLACES.filter(({ least }) => !least || isAtLeast(role, least)).map(
          ({ address, word, name, icon: Icon, pages }) => (
            <li key={address}>
              <a
                href={address}
                className={classes.place}
                aria-label={name === word ? undefined : name}
                aria-current={pages.includes(page) ? 'page' : undefined}
              >
                <Icon width={20} height={20} />
                <span>{word}</span>
              </a>
            </li>
          ),
        )}
      </ul>
      <div className={classes.foot}>
        <PersonMenu />
        <SchemeSwitch />
      </div>
    </nav>
  );
}
