import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count } from '../format.ts';
import { momentText } from '../shell/dates.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { getJobs, retryJobs } from '../shell/room-api.ts';
import classes from './admin.module.css';

/** Milliseconds between two looks at the queues, while they are looked at. */
const LOOK = 2000;

/** What waits, what is being done, and what failed too often. */
export function JobsTab() {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: getJobs,
    staleTime: 0,
    refetchInterval: LOOK,
  });
  const retry = useMutation({
    mutationFn: retryJobs,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const { queues, failures, workers } = data;
  return (
    <>
      <dl className={classes.tiles}>
        <div>
          <dt>workers</dt>
          <dd>{count(workers)}</dd>
        </div>
        {queues.flatMap(({ name, waiting, active, failed }) =>
          (
            [
              ['waiting', waiting],
              ['under way', active],
              ['failed', failed],
            ] as const
          ).map(([word, many]) => (
            <div key={`${name} ${word}`}>
              <dt>{queues.length > 1 ? `${name}: ${word}` : word}</dt>
              <dd>{count(many)}</dd>
            </div>
          )),
        )}
      </dl>
      {retry.error && <FailureCard failure={failureOf(retry.error)} />}
      {failures.length === 0 ? (
        <p className={classes.note}>Nothing has failed.</p>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className={classes.scroll} tabIndex={0} aria-label="Failures">
            <table className={classes.table}>
              <thead>
                <tr>
                  <th scope="col">File</th>
                  <th scope="col">Why</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {failures.map(({ id, fileName, queue, reason, at }) => (
                  <tr key={id}>
                    <th scope="row">{fileName ?? queue}</th>
                    <td className={classes.long}>{reason}</td>
                    <td>{momentText(at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <div className={classes.actions}>
            <Button loading={retry.isPending} onClick={() => retry.mutate()}>
              Try all again
            </Button>
          </div>
        </>
      )}
    </>
  );
}
