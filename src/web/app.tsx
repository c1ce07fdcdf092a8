import { CloseButton, Loader } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, getSample, OFFLINE } from './api.ts';
import classes from './app.module.css';
import { Empty } from './empty.tsx';
import { useEvidence } from './evidence.ts';
import { EvidenceBar } from './evidence-bar.tsx';
import { EvidenceLayers } from './evidence-layers.tsx';
import { FailureCard } from './failure-card.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { meant, percent } from './format.ts';
import { GateLayer } from './gate-layer.tsx';
import { Header } from './header.tsx';
import { AlertIcon } from './icons.tsx';
import { sortFiles, useIntake } from './intake.ts';
import { ModelCard } from './model-card.tsx';
import { ModelPage } from './model-page.tsx';
import { ModelPanel } from './model-panel.tsx';
import { type Picture, usePictures } from './pictures.ts';
import { type ReadingState, useHealth, useModelChanges, useModels, useReadings } from './queries.ts';
import { Result } from './result.tsx';
import { goTo, modelAddress, PICTURES, useRoute } from './route.ts';
import { SyntheticPage } from './synthetic-page.tsx';
import { isTyping } from './typing.ts';
import { Viewer } from './viewer.tsx';

/** The page: pictures on the left, what the model says of them on the right. */
export function App() {
  const health = useHealth();
  const { data: models = [], error: modelsError } = useModels();
  const [chosen, setChosen] = useState<string>();
  const [isPanelOpen, setPanelOpen] = useState(false);
  const changes = useModelChanges();
  const pictures = usePictures();
  const route = useRoute();
  const wanted = route.page === 'model' ? route.name : chosen;
  const model = models.find(({ manifest }) => manifest.name === wanted) ?? models[0];
  const [wantedPoint, setWantedPoint] = useState<string>();
  // A model without that point decides at its own.
  const operatingPoint = model?.manifest.calibration?.operatingPoints.some(({ name }) => name === wantedPoint)
    ? wantedPoint
    : undefined;
  const states = useReadings(pictures.all, model, { isChosen: wanted !== undefined, operatingPoint });
  const sample = useMutation({ mutationFn: getSample, onSuccess: (file) => pictures.add([file]) });

  const { add } = pictures;
  const hasPictures = pictures.all.length > 0;
  const { mutateAsync: openModel } = changes.open;
  const take = useCallback(
    async (files: readonly File[]) => {
      const intake = sortFiles(files);
      if (intake.pictures.length > 0) {
        add(intake.pictures);
        goTo(PICTURES);
      }
      for (const file of intake.models) {
        // A refusal is shown by the mutation's own state.
        const opened = await openModel({ model: file, labels: intake.labels }).catch(() => undefined);
        if (!opened) return;
        setChosen(opened.manifest.name);
        // Its own page says what is in it; beside pictures they come first.
        if (!hasPictures && intake.pictures.length === 0) goTo(modelAddress(opened.manifest.name));
        setPanelOpen(true);
      }
    },
    [add, openModel, hasPictures],
  );
  const isDragging = useIntake(take);
  useSteps(pictures.step);

  const { current, at } = pictures;
  const state = states[at];
  const answering = models.find(({ manifest }) => manifest.name === state?.data?.model.name) ?? model;
  const evidence = useEvidence({ picture: current, model: answering, reading: state?.data });
  const hasColour = answering?.manifest.modality !== 'oct' && answering?.manifest.modality !== 'angiogram';
  const isOffline = health.error && failureOf(health.error).code === OFFLINE;
  const showDetails = () => setPanelOpen(true);
  const choose = (name: string) => {
    setChosen(name);
    if (route.page === 'model') goTo(modelAddress(name));
  };
  return (
    <div className={classes.page}>
      <Header
        models={models}
        model={current ? answering : model}
        isEmpty={!current}
        onModel={choose}
        onDetails={showDetails}
        onFiles={(files) => void take(files)}
      />
      <div className={classes.notices}>
        {isOffline && (
          <p className={classes.offline} role="alert">
            <AlertIcon /> {failureOf(health.error).message} {failureOf(health.error).hint}
          </p>
        )}
        {changes.open.isPending && (
          <p className={classes.opening} role="status">
            <Loader size={16} /> Opening {changes.open.variables.model.name}…
          </p>
        )}
        {changes.open.error && (
          <div className={classes.refused}>
            <FailureCard
              failure={failureOf(changes.open.error)}
              subject={changes.open.variables.model.name}
            />
            <CloseButton aria-label="Dismiss" onClick={() => changes.open.reset()} />
          </div>
        )}
        {sample.error && !isOffline && <FailureCard failure={failureOf(sample.error)} />}
      </div>
      {route.page === 'synthetic' ? (
        <SyntheticPage onFiles={(files) => void take(files)} />
      ) : route.page === 'model' && models.length > 0 && model?.manifest.name !== route.name ? (
        <main className={classes.lost}>
          <p>There is no model called “{route.name}” here.</p>
          <a href={PICTURES}>Back to the pictures</a>
        </main>
      ) : route.page === 'model' && model ? (
        <ModelPage key={model.manifest.sha256} model={model} onContract={showDetails} />
      ) : (
        <main className={classes.main} data-evidence={evidence.isOpen || undefined}>
          <section className={classes.stage} aria-label="Picture">
            {current ? (
              <Viewer
                key={current.id}
                picture={current}
                hasRedFree={evidence.isRedFree && hasColour}
                tool={evidence.tool}
                layers={(url, isRedFree) => (
                  <>
                    {state?.data && <GateLayer reading={state.data} />}
                    <EvidenceLayers evidence={evidence} url={url} isRedFree={isRedFree} />
                  </>
                )}
              />
            ) : (
              <Empty
                onFiles={(files) => void take(files)}
                onSample={() => sample.mutate()}
                isLoadingSample={sample.isPending}
              />
            )}
            {current && evidence.isOpen && state?.data && (
              <EvidenceBar evidence={evidence} hasColour={hasColour} />
            )}
            {pictures.all.length > 1 && (
              <Filmstrip
                pictures={pictures.all}
                states={states}
                at={at}
                onSelect={pictures.select}
                onClear={pictures.clear}
              />
            )}
          </section>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <aside className={classes.side} aria-label="Result" tabIndex={0}>
            {answering && current && (
              <Result
                picture={current}
                state={state}
                model={answering}
                evidence={evidence}
                onDetails={showDetails}
                onRemove={pictures.remove}
                onOperatingPoint={setWantedPoint}
                onOverride={(reason) => pictures.override(current.id, reason)}
              />
            )}
            {model && !current && <ModelCard model={model} />}
            {!model && modelsError && !isOffline && <FailureCard failure={failureOf(modelsError)} />}
            {!model && health.data?.models === 0 && (
              <p className={classes.none}>
                There is no model yet. Drop a Keras model here: keras_model.h5, or a .keras file.
              </p>
            )}
            <footer className={classes.disclaimer}>
              <strong>Research use only. Not a medical device.</strong>{' '}
              <span>Not for diagnosis or to delay care.</span>
            </footer>
          </aside>
        </main>
      )}
      <p className="spoken" role="status">
        {current && announcement(current, state)}
      </p>
      {model && (
        <ModelPanel
          model={model}
          isOpen={isPanelOpen}
          changes={changes}
          onClose={() => setPanelOpen(false)}
        />
      )}
      {isDragging && (
        <div className={classes.drop}>
          <p>Drop pictures to read them, or a model to open it</p>
        </div>
      )}
    </div>
  );
}

/** j and k walk through the pictures, and so do arrows where nothing else uses them. */
function useSteps(step: (by: number) => void): void {
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    const steps: Record<string, number> = {
      j: 1,
      k: -1,
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
    };
    const listen = (event: KeyboardEvent) => {
      const by = steps[event.key];
      if (by === undefined || event.defaultPrevented || isTyping(event)) return;
      if (event.key.startsWith('Arrow')) {
        if (event.target instanceof Element && event.target.closest('aside')) return;
        event.preventDefault();
      }
      latest.current(by);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** The result as a screen reader tells it. */
function announcement({ file }: Picture, state: ReadingState | undefined): string {
  if (state?.error) return `${file.name}: ${failureOf(state.error).message}`;
  if (!state?.data) return `Reading ${file.name}`;
  const { predicted, outputs, gate, abstained } = state.data;
  if (!gate.effect.positive && !gate.overridden) return `${file.name}: not gradable. ${gate.effect.words}`;
  if (abstained) return `${file.name}: too uncertain to name one`;
  const held = outputs.filter(({ label }) => predicted.includes(label));
  const found = held.map((output) => `${output.name}, ${percent(meant(output))}`).join('; ');
  return `${file.name}: ${found || 'no class reaches its threshold'}`;
}
