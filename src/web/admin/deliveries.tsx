import { useQuery } from '@tanstack/react-query';
import type { Delivery } from '../../server/people/contract.ts';
import { momentText } from '../shell/dates.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { getDeliveries } from '../shell/room-api.ts';
import classes from './admin.module.css';
import own from './webhooks.module.css';

/** Milliseconds between two looks, while they are looked at. */
const LOOK = 1500;

/** What an address was told lately, and what came of it. */
export function Deliveries({ webhook }: { readonly webhook: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', webhook],
    queryFn: () => getDeliveries(webhook),
    staleTime: 0,
    refetchInterval: LOOK,
  });
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  if (data.length === 0) return <p className={classes.note}>It was told nothing yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label="Deliveries">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">What came of it</th>
          </tr>
        </thead>
        <tbody>
          {data.map((delivery) => (
            <tr key={delivery.id}>
              <th scope="row">{momentText(delivery.createdAt)}</th>
              <td>{delivery.event}</td>
              <td className={own.came} data-failed={(delivery.error && !delivery.deliveredAt) || undefined}>
                {cameOf(delivery)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** "answered 200", "answered 503, tried again 31 Jan 2026, 09:30", "on its way". */
function cameOf({ status, error, attempts, nextAt, deliveredAt }: Delivery): string {
  if (deliveredAt) return `answered ${status}`;
  if (!error) return 'on its way';
  if (nextAt) return `${error}, tried again ${momentText(nextAt)}`;
  return attempts > 1 ? `${error}, given up after ${attempts} times` : error;
}
