import { TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Performance } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getPerformance } from '../shell/room-api.ts';
import { Agreement } from './agreement.tsx';
import { Drift } from './drift.tsx';
import classes from './performance-page.module.css';
import { shareText } from './share.ts';

/** How models, readers and cameras do. */
export function PerformancePage() {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: ['performance', from, to],
    queryFn: () => getPerformance(from || undefined, to || undefined),
    placeholderData: keepPreviousData,
  });
  return (
    <Page
      title="Performance"
      aside={data && `${count(data.signed)} visits signed`}
      actions={
        <>
          <TextInput
            type="date"
            aria-label="From day"
            value={from}
            onChange={({ currentTarget }) => setFrom(currentTarget.value)}
          />
          <span aria-hidden="true">–</span>
          <TextInput
            type="date"
            aria-label="To day"
            value={to}
            onChange={({ currentTarget }) => setTo(currentTarget.value)}
          />
        </>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && data.signed === 0 && data.weeks.length === 0 && (
        <Nothing title="Nothing to measure yet">
          <p>Agreement is counted from the first signed visit on, quality and drift from the first import.</p>
        </Nothing>
      )}
      {data && (data.signed > 0 || data.weeks.length > 0) && <Figures performance={data} />}
    </Page>
  );
}

function Figures({ performance }: { readonly performance: Performance }) {
  const { agreement, overridden, readers, cameras, operators, weeks, signed } = performance;
  const { kappa, agreed, blinded } = agreement;
  const tiles: readonly (readonly [value: string, word: string, more: string])[] = [
    [shareText(agreed), 'Agreement', `human and model, of ${count(agreed.of)} signed visits`],
    [kappa === null ? '–' : kappa.toFixed(2), 'Cohen’s kappa', 'agreement beyond chance'],
    [shareText(overridden), 'Overruled', `${count(overridden.hits)} of ${count(overridden.of)}`],
    [shareText(blinded), 'Agreement, blinded', `graded first, of ${count(blinded.of)}`],
  ];
  return (
    <>
      <dl className={classes.tiles}>
        {tiles.map(([value, word, more]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              {value} <small>{more}</small>
            </dd>
          </div>
        ))}
      </dl>
      {signed > 0 && <Agreement matrix={agreement.matrix} />}
      {readers.length > 0 && (
        <Table
          title="Readers"
          head={['Reader', 'Signed', 'Agreed with the model', 'Changed']}
          rows={readers.map((one) => [
            one.reader,
            count(one.signed),
            shareText({ hits: one.agreed, of: one.signed }),
            shareText({ hits: one.changed, of: one.signed }),
          ])}
        />
      )}
      {cameras.length > 0 && <Sources title="Cameras" sources={cameras} />}
      {operators.length > 0 && <Sources title="Operators" sources={operators} />}
      {weeks.length > 0 && <Drift weeks={weeks} />}
    </>
  );
}

function Sources({ title, sources }: { readonly title: string; readonly sources: Performance['cameras'] }) {
  return (
    <Table
      title={title}
      head={['Name', 'Images', 'Not gradable', 'Mean quality']}
      rows={sources.map(({ name, images, notGradable, meanScore }) => [
        name,
        count(images),
        shareText({ hits: notGradable, of: images }),
        meanScore === null ? '–' : meanScore.toFixed(2),
      ])}
    />
  );
}

interface TableProps {
  readonly title: string;
  readonly head: readonly string[];
  /** The first of each is its name. */
  readonly rows: readonly (readonly string[])[];
}

function Table({ title, head, rows }: TableProps) {
  return (
    <section className={classes.section}>
      <h2>{title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label={title}>
        <table className={classes.table}>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...values]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their order
                  <td key={i}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
