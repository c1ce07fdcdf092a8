import { ActionIcon, Button, CopyButton, Loader, TextInput, Tooltip } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { GraphInfo, ModelInfo } from '../server/contract.ts';
import { failureOf, onnxAddress } from './api.ts';
import { FailureCard } from './failure-card.tsx';
import { count, fileSize, shapeText } from './format.ts';
import { BackIcon, CopyIcon, DownloadIcon, SlidersIcon } from './icons.tsx';
import classes from './model-page.module.css';
import { useGraph } from './queries.ts';
import { PICTURES } from './route.ts';

interface Props {
  readonly model: ModelInfo;
  readonly onContract: () => void;
}

/** A model's own page: what its file tells of it, layer by layer, and what was settled beside it. */
export function ModelPage({ model, onContract }: Props) {
  const { manifest } = model;
  const { data: graph, error } = useGraph(model);
  return (
    <main className={classes.page}>
      <div className={classes.top}>
        <a className={classes.back} href={PICTURES}>
          <BackIcon /> Pictures
        </a>
        <div className={classes.head}>
          <h2>{manifest.title}</h2>
          <div className={classes.actions}>
            <Button variant="default" leftSection={<SlidersIcon />} onClick={onContract}>
              {manifest.guess ? 'Check the contract' : 'Contract'}
            </Button>
            <Button
              component="a"
              href={onnxAddress(manifest.name)}
              download={`${manifest.name}.onnx`}
              leftSection={<DownloadIcon />}
            >
              Download ONNX
            </Button>
          </div>
        </div>
      </div>
      <Facts model={model} graph={graph} />
      {error && <FailureCard failure={failureOf(error)} />}
      {!graph && !error && (
        <p className={classes.loading} role="status">
          <Loader size={16} /> Reading the model…
        </p>
      )}
      {graph && graph.warnings.length > 0 && (
        <section className={classes.warnings} aria-label="Warnings">
          {graph.warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </section>
      )}
      {graph && <Layers layers={graph.layers} />}
      <footer className={classes.disclaimer}>
        <strong>Research use only. Not a medical device.</strong>
      </footer>
    </main>
  );
}

const FORMATS: Readonly<Record<string, string>> = { hdf5: 'HDF5', keras: 'Keras archive', onnx: 'ONNX' };

/** One number where all are the same. */
const listed = (values: readonly number[]) =>
  new Set(values).size === 1 ? String(values[0]) : `(${values.join(', ')})`;

/** File, ports and contract, in pairs. */
function Facts({ model, graph }: { readonly model: ModelInfo; readonly graph: GraphInfo | undefined }) {
  const { manifest, fileSize: bytes } = model;
  const { preprocessing: p, labels, sha256, guess } = manifest;
  const ports = (all: GraphInfo['inputs']) => all.map(({ name, shape }) => `${name}  ${shapeText(shape)}`);
  const parameters = graph?.layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const version = graph?.source.kerasVersion;
  const rows: readonly (readonly [term: string, values: readonly string[] | undefined])[] = [
    ['File', [`${manifest.file}, ${fileSize(bytes)}`]],
    ['Format', graph && [`${FORMATS[graph.source.format]}${version ? `, Keras ${version}` : ''}`]],
    ['Input', graph && ports(graph.inputs)],
    [
      'Output',
      graph && ports(graph.outputs).map((port) => (graph.activation ? `${port}, ${graph.activation}` : port)),
    ],
    ['Layers', graph && [`${count(graph.layers.length)}, with ${count(parameters ?? 0)} parameters`]],
    ['As ONNX', graph && [`operator set ${graph.opset}, ${fileSize(graph.onnxSize)}`]],
    [
      guess ? 'Contract (a guess)' : 'Contract',
      [
        `${p.size.width} × ${p.size.height} px, ${p.channel_order}, resampled ${p.resample}`,
        `(x × ${Number(p.rescale_factor.toPrecision(4))} − ${listed(p.image_mean)}) ÷ ${listed(p.image_std)}`,
      ],
    ],
    ['Labels', [labels.map(({ label, name }) => name || label).join(', ')]],
  ];
  return (
    <dl className={classes.facts}>
      {rows.map(([term, values]) => (
        <div key={term}>
          <dt>{term}</dt>
          {(values ?? ['…']).map((value) => (
            <dd key={value}>{value}</dd>
          ))}
        </div>
      ))}
      <div className={classes.hash}>
        <dt>SHA-256</dt>
        <dd>
          <code>{sha256}</code>
          <CopyButton value={sha256}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? 'Copied' : 'Copy'}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={28}
                  aria-label="Copy the SHA-256"
                  onClick={copy}
                >
                  <CopyIcon width={15} height={15} />
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        </dd>
      </div>
    </dl>
  );
}

/** All layers, or those that hold a word. */
function Layers({ layers }: { readonly layers: GraphInfo['layers'] }) {
  const [word, setWord] = useState('');
  const shown = useMemo(() => {
    const sought = word.trim().toLowerCase();
    const numbered = layers.map((layer, i) => ({ ...layer, number: i + 1 }));
    if (!sought) return numbered;
    return numbered.filter(({ name, className }) => `${name} ${className}`.toLowerCase().includes(sought));
  }, [layers, word]);
  return (
    <section className={classes.layers} aria-label="Layers">
      <div className={classes.tools}>
        <h3>Layers</h3>
        <span aria-live="polite">
          {shown.length < layers.length && `${count(shown.length)} of ${count(layers.length)}`}
        </span>
        <TextInput
          aria-label="Find layers"
          placeholder="Find by name or class"
          value={word}
          onChange={(event) => setWord(event.currentTarget.value)}
        />
      </div>
      <div className={classes.scroll}>
        <table>
          <thead>
            <tr>
              <th scope="col" className={classes.number}>
                #
              </th>
              <th scope="col">Layer</th>
              <th scope="col">Class</th>
              <th scope="col">Output</th>
              <th scope="col" className={classes.number}>
                Parameters
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ number, name, within, className, outputShape, parameters }) => (
              <tr key={number}>
                <td className={classes.number}>{number}</td>
                <td className={classes.name} style={{ paddingLeft: 12 + 18 * within.length }}>
                  {name}
                </td>
                <td>{className}</td>
                <td className={classes.shape}>{outputShape ? shapeText(outputShape) : '–'}</td>
                <td className={classes.number}>{parameters > 0 ? count(parameters) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p className={classes.none}>No layer is called so.</p>}
      </div>
    </section>
  );
}
