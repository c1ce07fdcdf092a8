import type { Review } from '../../server/clinic-contract.ts';
import { levelName } from '../reading/verdict.ts';
import { momentText } from '../shell/dates.ts';
import classes from './read-page.module.css';

const DECISIONS: Readonly<Record<Review['decision'], string>> = {
  confirmed: 'confirmed',
  changed: 'changed',
  retake: 'asked for new images',
};

/** Who said what before, the latest first. */
export function Reviews({ reviews }: { readonly reviews: readonly Review[] }) {
  if (reviews.length === 0) return null;
  return (
    <section className={classes.reviews} aria-label="Signed">
      <h2>Signed</h2>
      <ol>
        {reviews.map(({ id, reader, role, decision, grades, comment, blinded, agreed, signedAt }) => (
          <li key={id}>
            <p>
              <strong>{reader}</strong> ({role}) {DECISIONS[decision]}
              {blinded && ', graded blinded'}
            </p>
            <p>
              {Object.entries(grades)
                .map(([eye, grade]) => `${eye} ${levelName(grade).toLowerCase()}`)
                .join(', ')}
            </p>
            {comment && <p className={classes.comment}>{comment}</p>}
            <p className={classes.when}>
              {momentText(signedAt)}
              {agreed !== null && (agreed ? ', as the model' : ', other than the model')}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
