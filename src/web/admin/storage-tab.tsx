import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { StorageVerdict } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count, fileSize } from '../format.ts';
import { AlertIcon, CheckIcon } from '../icons.tsx';
import { Failed, Waiting } from '../shell/page.tsx';
import { getStorage, verifyStorage } from '../shell/room-api.ts';
import classes from './admin.module.css';

/** What is kept, how much room is left, and whether every file is still what it was. */
export function StorageTab() {
  const { data, error, refetch } = useQuery({ queryKey: ['storage'], queryFn: getStorage });
  const verify = useMutation({ mutationFn: verifyStorage });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const tiles: readonly (readonly [word: string, value: string])[] = [
    ['images', count(data.images)],
    ['of images', fileSize(data.bytes)],
    [data.database === 'embedded' ? 'of database' : 'of database, elsewhere', fileSize(data.databaseBytes)],
    ['free', fileSize(data.freeBytes)],
  ];
  return (
    <>
      <dl className={classes.tiles}>
        {tiles.map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.note}>
        Every file is kept under the SHA-256 of its bytes. Verifying reads them all again.
      </p>
      <div className={classes.actions}>
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify every file
        </Button>
      </div>
      {verify.error && <FailureCard failure={failureOf(verify.error)} />}
      <div role="status">{verify.data && <Verdict verdict={verify.data} />}</div>
    </>
  );
}

function Verdict({ verdict: { checked, missing, altered, orphans } }: { readonly verdict: StorageVerdict }) {
  const isWhole = missing.length === 0 && altered.length === 0;
  const lost = [
    ...missing.map((file) => ({ ...file, what: 'is missing' })),
    ...altered.map((file) => ({ ...file, what: 'was altered' })),
  ];
  return (
    <div className={classes.verdict} data-bad={!isWhole || undefined}>
      {isWhole ? <CheckIcon /> : <AlertIcon />}
      <div>
        <p>
          <strong>
            {isWhole
              ? `All ${count(checked)} files are what they were.`
              : `${count(lost.length)} of ${count(checked)} files are not what they were.`}
          </strong>{' '}
          {orphans > 0 && `${count(orphans)} more belong to nothing.`}
        </p>
        {lost.length > 0 && (
          <ul>
            {lost.slice(0, 100).map(({ sha256, fileName, what }) => (
              <li key={sha256}>
                {fileName} {what} <code>{sha256.slice(0, 16)}</code>
              </li>
            ))}
          </ul>
        )}
        {lost.length > 0 && <p>Take them from a backup: fovea restore FILE.</p>}
      </div>
    </div>
  );
}
