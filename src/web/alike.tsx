import { Loader } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Alike, ModelInfo } from '../server/contract.ts';
import { DISEASES, type Disease, type FundusParameters } from '../synth/index.ts';
import classes from './alike.module.css';
import { percent } from './format.ts';
import { drawPhantom, paint } from './phantoms.ts';
import type { Picture } from './pictures.ts';
import { useAlike } from './queries.ts';

interface Props {
  readonly picture: Picture;
  readonly model: ModelInfo;
  /** Label of the class that is looked at. */
  readonly label: string | undefined;
}

/** Evidence that is no map: known eyes that the model sees much as this one, and what changes without their disease. */
export function AlikeCases({ picture, model, label }: Props) {
  const { data, error, isPending } = useAlike({ picture, model });
  if (error) return null;
  const at = data?.labels.indexOf(label ?? '') ?? -1;
  const name = model.manifest.labels[at]?.name ?? 'this class';
  return (
    <section className={classes.alike} aria-labelledby="alike">
      <h4 id="alike">Synthetic eyes that it sees as alike</h4>
      {isPending && (
        <p className={classes.note}>
          <Loader size={14} /> Comparing…
        </p>
      )}
      {data?.none && <p className={classes.note}>{data.none}</p>}
      {data && data.cases.length > 0 && (
        <>
          <ol>
            {data.cases.map((known) => (
              <Case key={JSON.stringify(known.drawnFrom)} known={known} at={at} name={name} />
            ))}
          </ol>
          <p className={classes.note}>
            Nobody’s eyes, nearest first in what the model makes of a picture, with its answer for each and
            for the same eye in health. Alike to the model need not be alike to you.
          </p>
        </>
      )}
    </section>
  );
}

const drawnFromOf = (known: { readonly drawnFrom: unknown }) => known.drawnFrom as FundusParameters;

/** "diabetic retinopathy 3", or "healthy". */
function titleOf({ diseases = {} }: FundusParameters): string {
  const [found] = Object.entries(diseases).filter(([, grade]) => grade > 0);
  return found ? `${DISEASES[found[0] as Disease].name} ${found[1]}` : 'healthy';
}

interface CaseProps {
  readonly known: Alike['cases'][number];
  readonly at: number;
  readonly name: string;
}

function Case({ known, at, name }: CaseProps) {
  const title = titleOf(drawnFromOf(known));
  const before = known.probabilities[at];
  const after = known.without?.probabilities[at];
  return (
    <li className={classes.case}>
      <Thumbnail parameters={drawnFromOf(known)} label={`Synthetic eye: ${title}`} />
      {known.without ? (
        <Thumbnail parameters={drawnFromOf(known.without)} label="The same eye in health" />
      ) : (
        <span />
      )}
      <div>
        <strong>{title}</strong>
        {before !== undefined && (
          <span>
            {name}: {percent(before)}
            {after !== undefined && `, in health ${percent(after)}`}
          </span>
        )}
        <small>likeness {known.likeness.toFixed(2)}</small>
      </div>
    </li>
  );
}

/** Pixels a side: sharp on screens of two device pixels a pixel. */
const SIDE = 128;

function Thumbnail({ parameters, label }: { readonly parameters: FundusParameters; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const key = JSON.stringify(parameters);
  useEffect(() => {
    let isGone = false;
    drawPhantom({ ...JSON.parse(key), modality: 'fundus', size: SIDE }).then((phantom) => {
      if (!isGone && phantom && canvas.current) paint(canvas.current, phantom, []);
    });
    return () => {
      isGone = true;
    };
  }, [key]);
  return (
    <canvas
      ref={canvas}
      className={classes.thumbnail}
      width={SIDE}
      height={SIDE}
      role="img"
      aria-label={label}
    />
  );
}
