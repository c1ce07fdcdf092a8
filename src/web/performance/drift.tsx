import type { Performance } from '../../server/clinic-contract.ts';
import { count, percent } from '../format.ts';
import { dayText } from '../shell/dates.ts';
import { LineChart } from './line-chart.tsx';
import classes from './performance-page.module.css';

type Week = Performance['weeks'][number];

const share = (part: number, whole: number) => (whole > 0 ? part / whole : null);
const figure = (value: number) => value.toFixed(2);

/** What is watched: name, what a rise or fall would mean, a week's value, how it is written. */
const WATCHED: readonly {
  readonly name: string;
  readonly about: string;
  readonly measure: (week: Week) => number | null;
  readonly text: (value: number) => string;
}[] = [
  { name: 'Images', about: 'read in the week', measure: ({ images }) => images, text: count },
  {
    name: 'Mean quality',
    about: '0–1; a fall points to a camera or its operator',
    measure: ({ meanQuality }) => meanQuality,
    text: figure,
  },
  {
    name: 'Not gradable',
    about: 'share of images',
    measure: ({ notGradable, images }) => share(notGradable, images),
    text: percent,
  },
  {
    name: 'Positive',
    about: 'share of visits by the models; moves with the patients, or with the model',
    measure: ({ positive, visits }) => share(positive, visits),
    text: percent,
  },
  {
    name: 'Mean risk',
    about: 'of visits: probability of the worst outcome',
    measure: ({ meanTriage }) => meanTriage,
    text: percent,
  },
  {
    name: 'Unlike the training',
    about: 'share of images unlike those that the model learned from',
    measure: ({ unlike, images }) => share(unlike, images),
    text: percent,
  },
];

/** Inputs and outputs week by week: what drifts shows here first. */
export function Drift({ weeks }: { readonly weeks: readonly Week[] }) {
  const inOrder = weeks.toSorted((a, b) => a.week.localeCompare(b.week));
  return (
    <section className={classes.section}>
      <h2>Drift, week by week</h2>
      <div className={classes.charts}>
        {WATCHED.map(({ name, about, measure, text }) => (
          <LineChart
            key={name}
            name={name}
            about={about}
            points={inOrder.map((week) => ({ at: dayText(week.week), value: measure(week) }))}
            text={text}
          />
        ))}
      </div>
    </section>
  );
}
