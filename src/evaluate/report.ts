import type { Figure, Metrics } from './evaluation.ts';
import { chart, type Line } from './svg.ts';

/** What was measured, for the head of a report. */
export interface ReportHead {
  readonly title: string;
  readonly data: string;
  readonly disclaimer: string;
  /** Set where pictures or patients were in the training: shown at the head and on every printed page. */
  readonly taint: string | null;
  /** What was not looked for, or is a hint only; shown below the head. */
  readonly note?: string | null;
  /** The same measures of what the gate lets pass. */
  readonly behindGate?: Metrics | null;
}

/** Two tables, as one is wider than a printed page. */
const RANKING_COLUMNS = ['auroc', 'auprc', 'brier'] as const;
const DECISION_COLUMNS = ['recall', 'specificity', 'precision', 'f1'] as const;
const NAMES: Readonly<Record<string, string>> = {
  auroc: 'AUROC',
  auprc: 'AUPRC',
  recall: 'sensitivity',
  f1: 'F1',
  brier: 'Brier',
  meanAuroc: 'mean AUROC',
  meanAuprc: 'mean AUPRC',
  balancedAccuracy: 'balanced accuracy',
  macroPrecision: 'macro precision',
  macroRecall: 'macro recall',
  macroF1: 'macro F1',
  microPrecision: 'micro precision',
  microRecall: 'micro recall',
  microF1: 'micro F1',
  quadraticKappa: 'quadratic kappa',
};
const number = (value: number | null | undefined) => (value == null ? '–' : value.toFixed(3));
const figure = ({ value, interval }: Figure) =>
  `${number(value)}${interval ? ` (${number(interval[0])}–${number(interval[1])})` : ''}`;

const fullName = ({ label, name }: Metrics['labels'][number]) =>
  `${label} ${name === label ? '' : name}`.trim();

interface Table {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** Every table of the report; the first row of each is its head. */
function tables(
  { overall, labels, counts, subgroups, confusion, perEye, perPatient }: Metrics,
  behind: Metrics | null = null,
): Table[] {
  const points = labels.flatMap((l) =>
    l.operatingPoints.map((p) => [
      l.label,
      p.name,
      number(p.threshold),
      number('sensitivity' in p ? p.sensitivity : null),
      number('specificity' in p ? p.specificity : null),
    ]),
  );
  const excluded = Object.entries(counts.excluded).map(([reason, n]) => [reason, String(n)]);
  const all: Table[] = [
    {
      title: 'In all',
      rows: [
        ['figure', 'value (95 %)'],
        ...Object.entries(overall).map(([k, f]) => [NAMES[k] ?? k, figure(f)]),
      ],
    },
    ...(behind ? [bothSides({ overall, labels, counts }, behind)] : []),
    {
      title: 'By label: ranking and calibration',
      rows: [
        [
          'label',
          'n',
          'positives',
          ...RANKING_COLUMNS.map((k) => NAMES[k] ?? k),
          'ECE (by chance: mean, 95 % below)',
          'AURC',
        ],
        ...labels.map((l) => [
          fullName(l),
          String(l.n),
          String(l.positives),
          ...RANKING_COLUMNS.map((k) => figure(l.figures[k])),
          number(l.ece) +
            (l.eceByChance ? ` (${number(l.eceByChance.mean)}, ${number(l.eceByChance.high)})` : ''),
          number(l.aurc),
        ]),
      ],
    },
    {
      title: 'By label: decisions',
      rows: [
        ['label', 'threshold', ...DECISION_COLUMNS.map((k) => NAMES[k] ?? k)],
        ...labels.map((l) => [
          fullName(l),
          number(l.threshold),
          ...DECISION_COLUMNS.map((k) => figure(l.figures[k])),
        ]),
      ],
    },
    {
      title: 'Operating points chosen on validation data',
      rows: [['label', 'point', 'threshold', 'sensitivity', 'specificity'], ...points],
    },
    {
      title: 'Predictive values at the stated prevalence',
      rows: [
        ['label', 'prevalence', 'PPV', 'NPV'],
        ...labels.flatMap(({ label, atPrevalence: at }) =>
          at ? [[label, String(at.prevalence), number(at.ppv), number(at.npv)]] : [],
        ),
      ],
    },
    {
      title: 'By eye and by patient (the highest probability of their pictures)',
      rows: [
        ['unit', 'n', 'mean AUROC', ...labels.map(({ label }) => label)],
        ...(
          [
            ['eye', perEye],
            ['patient', perPatient],
          ] as const
        ).map(([unit, r]) => [
          unit,
          String(r.n),
          number(r.meanAuroc),
          ...r.labels.map((l) => number(l.auroc)),
        ]),
      ],
    },
    {
      title: 'Confusion (rows: true; columns: predicted)',
      rows: confusion
        ? [
            ['', ...labels.map(({ label }) => label)],
            ...confusion.map((r, i) => [labels[i]!.label, ...r.map(String)]),
          ]
        : [[]],
    },
    {
      title: 'By sub-group: AUROC',
      rows: [
        ['group', 'value', 'n', 'mean', ...labels.map(({ label }) => label)],
        ...subgroups.map((g) => [
          g.group,
          g.value,
          String(g.n),
          'reason' in g ? g.reason : number(g.meanAuroc),
          ...labels.map((_, i) => number(g.labels[i]?.auroc)),
        ]),
      ],
    },
    { title: 'Left out', rows: [['reason', 'pictures'], ...excluded] },
  ];
  return all.filter(({ rows }) => rows.length > 1);
}

/** What the gate costs in pictures and brings in figures. */
function bothSides(
  { overall, labels, counts }: Pick<Metrics, 'overall' | 'labels' | 'counts'>,
  behind: Metrics,
): Table {
  const refused = Object.entries(behind.counts.excluded).filter(([reason]) => !(reason in counts.excluded));
  return {
    title: 'Without and with the gate',
    rows: [
      ['', 'without', 'with'],
      ['pictures counted', String(counts.counted), String(behind.counts.counted)],
      ...refused.map(([reason, n]) => [`left out: ${reason}`, '–', String(n)]),
      ['mean AUROC', figure(overall.meanAuroc), figure(behind.overall.meanAuroc)],
      ...labels.map(({ label, figures }, i) => [
        `AUROC ${label}`,
        figure(figures.auroc),
        figure(behind.labels[i]!.figures.auroc),
      ]),
    ],
  };
}

const summary = ({ counts, bootstrap }: Metrics) =>
  `${counts.counted} of ${counts.pictures} pictures counted, ${counts.patients} patients. Intervals: 95 %, bootstrap over patients, ${bootstrap.draws} draws.`;

/** The report as Markdown. */
export function markdown(
  metrics: Metrics,
  { title, data, disclaimer, taint, note, behindGate }: ReportHead,
): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const blocks = tables(metrics, behindGate).map(({ title: name, rows: [head = [], ...rows] }) =>
    [`## ${name}\n`, head, head.map(() => '---'), ...rows]
      .map((row) => (typeof row === 'string' ? row : `| ${row.map(cell).join(' | ')} |`))
      .join('\n'),
  );
  const banner = taint ? [`**TAINTED: ${taint}**`] : [];
  return `${[`# ${title}`, `**${disclaimer}**`, ...banner, `Data: ${data}`, summary(metrics), ...(note ? [note] : []), ...blocks].join('\n\n')}\n`;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const STYLE = `:root{color-scheme:light dark;--ink:#1b2127;--soft:#5c6670;--line:#d5dae0;--paper:#fff;--accent:#0b6bcb;--warn:#a51d1d}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#9aa5b0;--line:#333b44;--paper:#121519;--accent:#5fb0ff;--warn:#ff8f8f}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--accent:#0b5cad;--warn:#a00}table,figure{break-inside:avoid}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:2rem 1.5rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}p{margin:.2rem 0;color:var(--soft)}
.notice,.taint{font-weight:600;color:var(--ink)}.taint{color:var(--warn);border:2px solid;padding:.5rem .8rem;border-radius:6px;position:sticky;top:0;background:var(--paper)}
.scroll{overflow-x:auto}.scroll table{border-collapse:collapse;font-size:13px}.scroll th,.scroll td{padding:.3rem .8rem .3rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}.scroll th{color:var(--soft);font-weight:500}.scroll th:first-child,.scroll td:first-child{text-align:left}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:1rem}figure{margin:0}figcaption{font-size:13px;color:var(--soft)}svg{width:100%;display:block}svg text{font-size:11px;fill:var(--soft)}.frame{fill:none;stroke:var(--line)}.line{fill:none;stroke:var(--accent);stroke-width:2}.guide{fill:none;stroke:var(--soft);stroke-dasharray:4 4}
@page{size:A4 landscape;margin:12mm}
.pages,.pages>*,.pages>*>tr,.pages>*>tr>td{display:block;padding:0;border:0;text-align:left;white-space:normal;font:inherit}.pages>thead{position:sticky;top:0;z-index:1}
@media print{body{max-width:none;padding:0;font-size:12px}.scroll{overflow:visible}.scroll table{font-size:10px}h2{break-after:avoid}.charts{grid-template-columns:repeat(5,1fr);break-inside:avoid}.pages{display:table;width:100%;break-inside:auto}.pages>thead{display:table-header-group;position:static}.pages>tbody{display:table-row-group}.pages>*>tr{display:table-row}.pages>*>tr>td{display:table-cell}.pages .taint{position:static;margin:0 0 3mm}}`;

/** The report as one HTML file that needs nothing else: light, dark and printed. */
export function html(
  metrics: Metrics,
  { title, data, disclaimer, taint, note, behindGate }: ReportHead,
): string {
  const body = tables(metrics, behindGate).map(({ title: name, rows: [head = [], ...rows] }) => {
    const row = (tag: string) => (cells: readonly string[]) =>
      `<tr>${cells.map((c) => `<${tag}>${escaped(c)}</${tag}>`).join('')}</tr>`;
    return `<h2>${escaped(name)}</h2><div class="scroll"><table><thead>${row('th')(head)}</thead><tbody>${rows.map(row('td')).join('')}</tbody></table></div>`;
  });
  const charts = metrics.labels.map((l) => `<h2>${escaped(fullName(l))}</h2>${labelCharts(l)}`);
  const noted = note ? `<p>${escaped(note)}</p>` : '';
  const page = `<h1>${escaped(title)}</h1><p class="notice">${escaped(disclaimer)}</p><p>Data: ${escaped(data)}</p><p>${escaped(summary(metrics))}</p>${noted}${body.join('')}${charts.join('')}`;
  const marked = taint ? onEveryPage(`<p class="taint">Tainted: ${escaped(taint)}</p>`, page) : page;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>${marked}</body></html>\n`;
}

/** In print the head of a table stands on each of its pages, and takes its room there: a fixed one would cover the text. */
const onEveryPage = (banner: string, page: string) =>
  `<table class="pages" role="presentation"><thead><tr><td>${banner}</td></tr></thead><tbody><tr><td>${page}</td></tr></tbody></table>`;

const known = (points: readonly (readonly (number | null)[])[]) =>
  points.filter((p): p is [number, number] => p[0] != null && p[1] != null);
const diagonal: Line = {
  points: [
    [0, 0],
    [1, 1],
  ],
  className: 'guide',
};

function labelCharts({ curves, positives, n }: Metrics['labels'][number]): string {
  const bins = curves.reliability.map(({ said, seen }) => [said, seen]);
  const share = n ? positives / n : 0;
  const decision = (key: 'model' | 'all') => curves.decision.map((p) => [p.threshold, p[key]] as const);
  const top = Math.max(0.02, share * 1.1);
  const all = [
    chart('ROC', ['1 − specificity', 'sensitivity'], [diagonal, { points: [[0, 0], ...known(curves.roc)] }]),
    chart(
      'Precision–recall',
      ['recall', 'precision'],
      [
        {
          points: [
            [0, share],
            [1, share],
          ],
          className: 'guide',
        },
        { points: known(curves.precisionRecall) },
      ],
    ),
    chart('Reliability', ['said', 'seen'], [diagonal, { points: known(bins) }]),
    chart('Risk–coverage', ['coverage', 'risk'], [{ points: known(curves.riskCoverage) }]),
    chart(
      'Net benefit (dashed: all)',
      ['threshold', 'net benefit'],
      [{ points: decision('all'), className: 'guide' }, { points: decision('model') }],
      { yMin: -top / 4, yMax: top },
    ),
  ];
  return `<div class="charts">${all.join('')}</div>`;
}
