import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Jobs } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count } from '../format.ts';
import { visitAddress } from '../route.ts';
import { momentText } from '../shell/dates.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { discardJob, getJobs, retryJob, retryJobs } from '../shell/room-api.ts';
import classes from './admin.module.css';

/** Milliseconds between two looks at the queues, while they are looked at. */
const LOOK = 2000;

/** What is done, by queue. */
const WORK: Readonly<Record<string, string>> = {
  read: 'Images to read and explain',
  report: 'Reports to make',
};

type Failure = Jobs['failures'][number];
/** What failed, in a word or two. */
const nameOf = ({ patient, fileName, queue }: Failure) =>
  [[patient, fileName].filter(Boolean).join(', '), (queue !== 'read' || !fileName) && `(${queue})`]
    .filter(Boolean)
    .join(' ');

/** What waits, what is being done, and what failed too often. */
export function JobsTab() {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs'],
    queryFn: getJobs,
    staleTime: 0,
    refetchInterval: LOOK,
  });
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['jobs'] });
  const retryAll = useMutation({ mutationFn: retryJobs, onSuccess });
  const retry = useMutation({ mutationFn: retryJob, onSuccess });
  const discard = useMutation({ mutationFn: discardJob, onSuccess });
  const failure = retryAll.error ?? retry.error ?? discard.error;
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const { queues, failures, workers } = data;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Work">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{workers === 1 ? 'One worker' : `${count(workers)} workers`}</th>
              <th scope="col">Waiting</th>
              <th scope="col">Under way</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {queues.map(({ name, waiting, active, failed }) => (
              <tr key={name}>
                <th scope="row">{WORK[name] ?? name}</th>
                <td>{count(waiting)}</td>
                <td>{count(active)}</td>
                <td>{count(failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {failure && <FailureCard failure={failureOf(failure)} />}
      {failures.length === 0 ? (
        <p className={classes.note}>Nothing has failed.</p>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className={classes.scroll} tabIndex={0} aria-label="Failures">
            <table className={classes.table}>
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col">Why</th>
                  <th scope="col">When</th>
                  <th scope="col">
                    <span className="spoken">What can be done</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {failures.map((one) => (
                  <tr key={one.id}>
                    <th scope="row">
                      {one.visitId ? <a href={visitAddress(one.visitId)}>{nameOf(one)}</a> : nameOf(one)}
                    </th>
                    <td className={classes.long}>{one.reason}</td>
                    <td>{momentText(one.at)}</td>
                    <td className={classes.buttons}>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        aria-label={`Try again: ${nameOf(one)}`}
                        onClick={() => retry.mutate(one.id)}
                      >
                        Try again
                      </Button>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        color="gray"
                        aria-label={`Give up: ${nameOf(one)}`}
                        title={`It is tried no more.${one.queue === 'read' ? ' The picture is kept, unread.' : ''}`}
                        onClick={() => discard.mutate(one.id)}
                      >
                        Give up
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <div className={classes.actions}>
            <Button loading={retryAll.isPending} onClick={() => retryAll.mutate()}>
              Try all again
            </Button>
          </div>
        </>
      )}
    </>
  );
}
