import type { PatientDetail } from '../../server/clinic-contract.ts';
import { DownIcon, SameIcon, UpIcon } from '../icons.tsx';
import { visitAddress } from '../route.ts';
import { dayText } from '../shell/dates.ts';
import { OutcomeChip, StateMark } from '../shell/marks.tsx';
import { Thumbnail } from '../shell/thumbnail.tsx';
import classes from './timeline.module.css';

type Past = PatientDetail['visits'][number];

/** Visits down the years, each with its pictures and what changed since the one before. */
export function Timeline({ visits }: { readonly visits: readonly Past[] }) {
  return (
    <ol className={classes.timeline} aria-label="Visits, the latest first">
      {visits.map((visit, i) => (
        <li key={visit.id}>
          <article className={classes.visit}>
            <header>
              <h2>
                <a href={visitAddress(visit.id)}>{dayText(visit.date)}</a>
              </h2>
              <OutcomeChip
                result={visit.signedResult ?? visit.result}
                level={visit.signedResult ? visit.signedLevel : visit.level}
              />
              <StateMark state={visit.state} />
            </header>
            <div className={classes.eyes}>
              {(['OD', 'OS', null] as const).map((eye) => (
                <Eye key={eye} eye={eye} visit={visit} />
              ))}
            </div>
            {visit.outcome && isModelsWord(visit) && (
              <p className={classes.say}>
                {visit.outcome.say} <span>{sentence(visit.outcome.next)}</span>
              </p>
            )}
            {i < visits.length - 1 && <Changes change={visit.change} />}
          </article>
        </li>
      ))}
    </ol>
  );
}

/** What the models advise is no advice any more where a reader graded otherwise. */
const isModelsWord = ({ signedResult, signedLevel, result, level }: Past) =>
  signedResult === null || (signedResult === result && signedLevel === level);

/** `refer now` → `Refer now.` */
const sentence = (words: string) =>
  words && `${words[0]!.toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`;

function Eye({ eye, visit }: { readonly eye: 'OD' | 'OS' | null; readonly visit: Past }) {
  const images = visit.imageList.filter((image) => image.eye === eye);
  if (images.length === 0 && eye === null) return null;
  const name = eye === 'OD' ? 'OD, right eye' : eye === 'OS' ? 'OS, left eye' : 'Eye unknown';
  return (
    <div className={classes.eye}>
      <h3>{name}</h3>
      {images.length === 0 ? (
        <p className={classes.none}>No image</p>
      ) : (
        <div className={classes.images}>
          {images.map(({ id, modality }) => (
            <Thumbnail key={id} image={id} size={104} alt={modality ?? 'image'} />
          ))}
        </div>
      )}
    </div>
  );
}

const DIRECTIONS = {
  worse: { icon: UpIcon, word: 'worse' },
  better: { icon: DownIcon, word: 'better' },
  same: { icon: SameIcon, word: 'unchanged' },
  unknown: { icon: undefined, word: 'cannot be compared' },
} as const;

/** Since the visit before, per eye, in words. */
function Changes({ change }: Pick<Past, 'change'>) {
  if (change.length === 0) return null;
  return (
    <ul className={classes.changes} aria-label="Since the visit before">
      {change.map(({ eye, before, now, direction }) => {
        const { icon: Icon, word } = DIRECTIONS[direction];
        return (
          <li key={eye} data-direction={direction}>
            {Icon && <Icon width={15} height={15} />}
            <span>
              <strong>
                {eye} {word}
              </strong>
              {before !== null &&
                now !== null &&
                (before === now ? `: ${now}` : `: ${before} before, ${now} now`)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
