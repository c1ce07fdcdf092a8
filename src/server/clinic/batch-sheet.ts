import { DISCLAIMER } from '../../flows/disclaimer.ts';
import type { Table } from '../../report/index.ts';
import type { ExportedItem } from '../../store/index.ts';

type Cell = string | number | null;

/** Columns that every batch has. */
const COLUMNS: Readonly<Record<string, (item: ExportedItem) => Cell>> = {
  file: ({ name }) => name,
  sha256: ({ sha256 }) => sha256,
  state: ({ state }) => state,
  patient: ({ patient }) => patient,
  date: ({ date }) => date,
  eye: ({ eye }) => eye,
  quality: ({ quality }) => quality,
  result: ({ result }) => result,
  level: ({ level }) => level,
  triage: ({ triage }) => triage,
  readerResult: ({ readerResult }) => readerResult,
  readerLevel: ({ readerLevel }) => readerLevel,
  error: ({ error }) => (error as { code?: string } | null)?.code ?? null,
  // A line of its own would be no row of the table.
  disclaimer: () => DISCLAIMER,
};

/**
 * What became of every file of a batch, a row each; of each model that read any of them its version and SHA-256 and, for every
 * label, the probability as the model says it and as it was calibrated.
 */
export function batchSheet(items: readonly ExportedItem[]): Table {
  const said = new Map<string, (item: ExportedItem) => Cell>();
  for (const { readings } of items)
    for (const { model, outputs } of readings) {
      const { name } = model;
      const of = (item: ExportedItem) => item.readings.find((one) => one.model.name === name);
      if (!said.has(`${name} version`)) {
        said.set(`${name} version`, (item) => of(item)?.model.version ?? null);
        said.set(`${name} sha256`, (item) => of(item)?.model.sha256 ?? null);
      }
      for (const { label, calibrated } of outputs) {
        const output = (item: ExportedItem) => of(item)?.outputs.find((one) => one.label === label);
        if (!said.has(`${name} ${label}`))
          said.set(`${name} ${label}`, (item) => output(item)?.probability ?? null);
        if (calibrated !== null && !said.has(`${name} ${label} calibrated`))
          said.set(`${name} ${label} calibrated`, (item) => output(item)?.calibrated ?? null);
      }
    }
  const cells = [...Object.values(COLUMNS), ...said.values()];
  return {
    columns: [...Object.keys(COLUMNS), ...said.keys()],
    rows: items.map((item) => cells.map((cell) => cell(item))),
  };
}
