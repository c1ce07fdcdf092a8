import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { fileSize } from '../format.ts';
import { DownloadIcon } from '../icons.tsx';
import { momentText } from '../shell/dates.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { backupAddress, getBackups, makeBackup } from '../shell/room-api.ts';
import classes from './admin.module.css';

/** Everything in one file, to be kept elsewhere. */
export function BackupsTab() {
  const queries = useQueryClient();
  const { data: backups, error, refetch } = useQuery({ queryKey: ['backups'], queryFn: getBackups });
  const make = useMutation({
    mutationFn: makeBackup,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['backups'] }),
  });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!backups) return <Waiting />;
  return (
    <>
      <p className={classes.note}>
        A backup holds the database and every image. Download it and keep it on another machine;{' '}
        <code>fovea restore FILE</code> brings it back into an empty folder.
      </p>
      <div className={classes.actions}>
        <Button loading={make.isPending} onClick={() => make.mutate()}>
          Back up now
        </Button>
        <span role="status">
          {make.isPending ? 'This takes as long as copying every image.' : make.isSuccess && 'Done.'}
        </span>
      </div>
      {make.error && <FailureCard failure={failureOf(make.error)} />}
      {backups.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.scroll} tabIndex={0} aria-label="Backups">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Made</th>
                <th scope="col">File</th>
                <th scope="col">Size</th>
                <th scope="col">
                  <span className="spoken">Download</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {backups.map(({ name, bytes, createdAt }) => (
                <tr key={name}>
                  <th scope="row">{momentText(createdAt)}</th>
                  <td>{name}</td>
                  <td>{fileSize(bytes)}</td>
                  <td className={classes.buttons}>
                    <Button
                      component="a"
                      href={backupAddress(name)}
                      download={name}
                      variant="subtle"
                      size="compact-sm"
                      leftSection={<DownloadIcon width={15} height={15} />}
                      aria-label={`Download ${name}`}
                    >
                      Download
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
