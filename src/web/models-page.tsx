import { count, fileSize, shortHash } from './format.ts';
import classes from './models-page.module.css';
import { useModels } from './queries.ts';
import { modelAddress, PICTURES } from './route.ts';
import { Failed, Page, Waiting } from './shell/page.tsx';

const MODALITIES: Readonly<Record<string, string>> = {
  fundus: 'Fundus photographs',
  oct: 'OCT scans',
  angiogram: 'Angiograms',
};

/** Every model at hand, each with a way to its own page. */
export function ModelsPage() {
  const { data: models, error, refetch } = useModels();
  return (
    <Page title="Models" aside={models && `${models.length} at hand`}>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!models && !error && <Waiting />}
      {models && (
        <>
          <ul className={classes.models}>
            {models.map(({ manifest, isDefault, builtIn, fileSize: bytes }) => (
              <li key={manifest.name}>
                <a href={modelAddress(manifest.name)}>
                  <h2>{manifest.title}</h2>
                  <p>{manifest.description || 'Nobody has described it.'}</p>
                  <p className={classes.facts}>
                    <span>{MODALITIES[manifest.modality ?? ''] ?? 'Any picture'}</span>
                    <span>{count(manifest.labels.length)} labels</span>
                    <span>version {manifest.version}</span>
                    <span>
                      <code>{shortHash(manifest.sha256)}</code>, {fileSize(bytes)}
                    </span>
                    <span>{builtIn ? 'shipped' : 'opened here'}</span>
                    {isDefault && <strong>answers first</strong>}
                  </p>
                </a>
              </li>
            ))}
          </ul>
          <p className={classes.more}>
            Another one is opened by dropping its file (.h5, .keras) on <a href={PICTURES}>the first page</a>.
          </p>
        </>
      )}
    </Page>
  );
}
