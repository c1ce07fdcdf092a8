import type { BatchItem } from '../../server/clinic-contract.ts';
import { visitAddress } from '../route.ts';
import { OutcomeChip, QualityMark, TriageBar } from '../shell/marks.tsx';
import { Thumbnail } from '../shell/thumbnail.tsx';
import classes from './batch-page.module.css';

const WORDS: Readonly<Record<BatchItem['state'], string>> = {
  waiting: 'Waiting',
  read: 'Read',
  unreadable: 'Could not be read',
  duplicate: 'Known already',
  refused: 'Refused',
};

/** A file as a row of its batch. */
export function ItemCells({ item, isMoving }: { readonly item: BatchItem; readonly isMoving: boolean }) {
  const { name, visitId, error } = item;
  const folder = name.lastIndexOf('/') + 1;
  return (
    <>
      <td className={classes.thumbnail}>
        <Thumbnail image={item.imageId} size={44} isLate={isMoving} />
      </td>
      <td className={classes.file}>
        {visitId ? (
          <a href={visitAddress(visitId)}>{name.slice(folder)}</a>
        ) : (
          <span>{name.slice(folder)}</span>
        )}
        {folder > 0 && <small>{name.slice(0, folder)}</small>}
      </td>
      <td className={classes.patient}>{item.patient ?? '–'}</td>
      <td>{item.eye ?? '–'}</td>
      <td className={classes.became}>
        {error ? (
          <span className={classes.error} title={[error.message, error.hint].filter(Boolean).join(' ')}>
            <strong>{WORDS[item.state]}.</strong> {error.message} {error.hint}
          </span>
        ) : item.result ? (
          <OutcomeChip result={item.result} level={item.level} />
        ) : (
          <OutcomeChip result={null} none={WORDS[item.state]} />
        )}
      </td>
      <td className={classes.risk}>
        <TriageBar value={item.triage} />
      </td>
      <td className={classes.quality}>
        <QualityMark quality={item.quality} />
      </td>
    </>
  );
}
