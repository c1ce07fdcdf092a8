import { Button, CloseButton } from '@mantine/core';
import { CheckIcon } from '../icons.tsx';
import { visitAddress } from '../route.ts';
import type { Neighbour } from '../worklist/place.ts';
import classes from './read-page.module.css';
import { ReportMaker } from './report-menu.tsx';
import { rememberSigned, useSigned } from './signed.ts';

interface Props {
  /** The visit that is open. */
  readonly visitId: string;
  readonly after: Neighbour | undefined;
  readonly onNext: (to: Neighbour | undefined) => void;
}

/** That a visit was signed, with its report, and the way back to it or on from it. */
export function SignedNote({ visitId, after, onNext }: Props) {
  const signed = useSigned();
  if (!signed) return null;
  const isOpen = signed.visitId === visitId;
  return (
    <div className={classes.signed}>
      <div className={classes.signedLine}>
        <p role="status">
          <CheckIcon width={16} height={16} />
          {isOpen ? (
            <strong>Signed.</strong>
          ) : (
            <span>
              <a href={visitAddress(signed.visitId)}>{signed.patient}</a> is signed.
            </span>
          )}
        </p>
        <CloseButton size="sm" aria-label="Dismiss" onClick={() => rememberSigned(undefined)} />
      </div>
      <ReportMaker visitId={signed.visitId} />
      {isOpen &&
        (after ? (
          <Button variant="default" size="sm" onClick={() => onNext(after)}>
            Next visit
          </Button>
        ) : (
          <p className={classes.end}>Nothing more is to be read in this list.</p>
        ))}
    </div>
  );
}
