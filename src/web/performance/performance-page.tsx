import { TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Performance } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getPerformance } from '../shell/room-api.ts';
import { Agreement, RESULTS } from './agreement.tsx';
import { Drift } from './drift.tsx';
import classes from './performance-page.module.css';
import { intervalText, shareText } from './share.ts';

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
      aside={
        data &&
        `${count(data.signed)} ${data.signed === 1 ? 'visit' : 'visits'} signed${data.retakes > 0 ? `, ${count(data.retakes)} to be taken again` : ''}`
      }
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
      {data && data.signed + data.retakes === 0 && data.weeks.length === 0 && (
        <Nothing title="Nothing to measure yet">
          <p>Agreement is counted from the first signed visit on, quality and drift from the first import.</p>
        </Nothing>
      )}
      {data && (data.signed + data.retakes > 0 || data.weeks.length > 0) && <Figures performance={data} />}
    </Page>
  );
}

function Figures({ performance }: { readonly performance: Performance }) {
  const { agreement, eyes, levels, overridden, readers, cameras, operators, weeks } = performance;
  const { kappa, agreed, blinded } = agreement;
  const tiles: readonly (readonly [value: string, word: string, about: string, interval: string])[] = [
    [
      shareText(agreed),
      'Agreement',
      `human and model, of ${count(agreed.of)} visits`,
      intervalText(agreed.interval),
    ],
    [kappaText(kappa), 'Cohen’s kappa', 'agreement beyond chance', intervalText(agreement.interval, false)],
    [
      shareText(overridden),
      'Overruled',
      `of ${count(overridden.of)} signed with the answer in sight`,
      intervalText(overridden.interval),
    ],
    [
      shareText(blinded),
      'Agreement, blinded',
      `graded first, of ${count(blinded.of)}`,
      intervalText(blinded.interval),
    ],
  ];
  return (
    <>
      <dl className={classes.tiles}>
        {tiles.map(([value, word, about, interval]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              {value} <small>{[about, interval].filter(Boolean).join('; ')}</small>
            </dd>
          </div>
        ))}
      </dl>
      {agreed.of > 0 && (
        <Agreement title="Agreement" what="Visits" names={RESULTS} matrix={agreement.matrix} />
      )}
      {agreed.of > 0 && (
        <Table
          title="Agreement by eye"
          head={['Eye', 'Compared', 'Agreed', 'Kappa']}
          rows={[
            ...eyes.map((one) => agreementRow(one.eye, one)),
            agreementRow('Levels, both eyes (quadratic weights)', levels),
          ]}
        />
      )}
      {levels.agreed.of > 0 && (
        <Agreement title="Levels" what="Eyes" names={levels.names.map(capital)} matrix={levels.matrix} />
      )}
      {readers.length > 0 && (
        <Table
          title="Readers"
          head={['Reader', 'Signed', 'Retakes', 'Agreed with the model', 'Changed']}
          rows={readers.map((one) => [
            readers.some(({ reader, login }) => reader === one.reader && login !== one.login)
              ? `${one.reader} (${one.login})`
              : one.reader,
            count(one.signed),
            count(one.retakes),
            withInterval(one.agreed),
            withInterval(one.changed),
          ])}
        />
      )}
      {cameras.length > 0 && <Sources title="Cameras" sources={cameras} />}
      {operators.length > 0 && <Sources title="Operators" sources={operators} />}
      {weeks.length > 0 && <Drift weeks={weeks} />}
    </>
  );
}

const kappaText = (kappa: number | null) => (kappa === null ? '–' : kappa.toFixed(2));
const capital = (word: string) => word && `${word[0]!.toUpperCase()}${word.slice(1)}`;
const inBrackets = (text: string) => text && ` (${text})`;
const withInterval = (share: Performance['overridden']) =>
  `${shareText(share)} of ${count(share.of)}${inBrackets(intervalText(share.interval))}`;
const agreementRow = (
  name: string,
  { agreed, kappa, interval }: Performance['levels'] | Performance['eyes'][number],
) => [
  name,
  count(agreed.of),
  withInterval(agreed),
  `${kappaText(kappa)}${inBrackets(intervalText(interval, false))}`,
];

function Sources({ title, sources }: { readonly title: string; readonly sources: Performance['cameras'] }) {
  return (
    <Table
      title={title}
      head={['Name', 'Images', 'Not gradable', 'Mean quality']}
      rows={sources.map(({ name, images, notGradable, meanScore }) => [
        name ?? 'Not known',
        count(images),
        withInterval(notGradable),
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
