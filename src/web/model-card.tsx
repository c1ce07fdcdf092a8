import type { ModelInfo } from '../server/contract.ts';
import { shortHash } from './format.ts';
import classes from './model-card.module.css';
import { modelAddress } from './route.ts';

/** What will answer, while there is no picture to answer about. */
export function ModelCard({ model: { manifest } }: { readonly model: ModelInfo }) {
  const { name, title, description, version, sha256, labels, task, preprocessing, guess } = manifest;
  const { width, height } = preprocessing.size;
  return (
    <article className={classes.card}>
      <div>
        <p className={classes.eyebrow}>The model that answers</p>
        <h2>{title}</h2>
        <p className={classes.line}>
          version {version} · <code>{shortHash(sha256)}</code> · {width} × {height} px
        </p>
      </div>
      <a className={classes.link} href={modelAddress(name)}>
        Its layers, file and ONNX graph
      </a>
      {description && <p>{description}</p>}
      {guess && <p>Its contract is a guess that nobody has confirmed yet.</p>}
      <div>
        <h3>{task === 'multi_label' ? 'Looks for, each on its own' : 'Chooses one of'}</h3>
        <ul>
          {labels.map(({ label, name: full }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two classes may bear one name; their order is fixed
            <li key={i}>{full || label}</li>
          ))}
        </ul>
      </div>
    </article>
  );
}
