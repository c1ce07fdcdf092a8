import type { VisitRow } from '../../server/clinic-contract.ts';
import { visitAddress } from '../route.ts';
import { dayText } from '../shell/dates.ts';
import { EyesMark, OutcomeChip, QualityMark, StateMark, TriageBar } from '../shell/marks.tsx';
import { Thumbnail } from '../shell/thumbnail.tsx';
import classes from './worklist.module.css';

interface Props {
  readonly visit: VisitRow;
  readonly isMoving: boolean;
  readonly onOpen: () => void;
}

/** A visit as a row of the worklist. */
export function VisitCells({ visit, isMoving, onOpen }: Props) {
  const { patient, signedResult, result, images } = visit;
  return (
    <>
      <td className={classes.thumbnail}>
        <Thumbnail image={visit.coverId} size={44} isLate={isMoving} />
      </td>
      <td className={classes.patient}>
        <a href={visitAddress(visit.id)} onClick={onOpen}>
          {patient.identifier}
        </a>
        {patient.name && <span>{patient.name}</span>}
      </td>
      <td className={classes.day}>{dayText(visit.date)}</td>
      <td className={classes.outcome}>
        <OutcomeChip result={signedResult ?? result} level={signedResult ? visit.signedLevel : visit.level} />
      </td>
      <td className={classes.risk}>
        <TriageBar value={visit.triage} />
      </td>
      <td className={classes.quality}>
        <QualityMark quality={visit.quality} />
      </td>
      <td className={classes.eyes}>
        <EyesMark eyes={visit.eyes} />
        <small>{images === 1 ? '1 image' : `${images} images`}</small>
      </td>
      <td className={classes.state}>
        <StateMark state={visit.state} />
      </td>
    </>
  );
}
