import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { NewReview, Visit } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { BackIcon, EditIcon, NextIcon } from '../icons.tsx';
import { useModels } from '../queries.ts';
import { EyePair } from '../reading/eye-pair.tsx';
import { firstShown, readingImages, type Shown } from '../reading/images.ts';
import { useLetters } from '../reading/letters.ts';
import { EYES } from '../reading/pair-view.ts';
import { ResultCard } from '../reading/result-card.tsx';
import { caseOf, whyNotOverrule } from '../reading/verdict.ts';
import { VerdictForm } from '../reading/verdict-form.tsx';
import { goTo, patientAddress, visitAddress, worklistAddress } from '../route.ts';
import { ageAt, dayText } from '../shell/dates.ts';
import { StateMark } from '../shell/marks.tsx';
import { Failed, Page, Waiting } from '../shell/page.tsx';
import { useMay, useUser } from '../shell/session.ts';
import { isTyping } from '../typing.ts';
import { keepPlace, type Neighbour } from '../worklist/place.ts';
import { ImagesForm } from './images-form.tsx';
import { useEarlier, useNeighbours, useShownEvidence, useSigning, useVisit } from './queries.ts';
import classes from './read-page.module.css';
import { ReportMenu } from './report-menu.tsx';
import { Reviews } from './reviews.tsx';
import { rememberSigned } from './signed.ts';
import { SignedNote } from './signed-note.tsx';

/** A visit as a human reads it: both eyes, what the models say, and the verdict; then the next. */
export function ReadPage({ id }: { readonly id: string }) {
  const { data: visit, error, refetch } = useVisit(id);
  const { place, before, after } = useNeighbours(id);
  const back = { address: worklistAddress(place.query), name: 'Worklist' };
  const go = (to: Neighbour | undefined) => {
    if (!to) return;
    keepPlace({ ...place, index: to.index });
    goTo(visitAddress(to.id));
  };
  useStepKeys({ j: () => go(after), k: () => go(before) });
  if (!visit) {
    return (
      <Page title="Reading" back={back} isFilled>
        {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting />}
      </Page>
    );
  }
  const { patient } = visit;
  return (
    <Page
      title={patient.identifier}
      aside={
        <>
          <a className={classes.patient} href={patientAddress(patient.id)}>
            {whoText(visit)}
          </a>
          <StateMark state={visit.state} />
        </>
      }
      back={back}
      actions={
        <>
          <Steps before={before} after={after} onGo={go} />
          <Corrections visit={visit} />
          <ReportMenu visit={visit} />
        </>
      }
      isFilled
    >
      <Reading key={visit.id} visit={visit} after={after} onNext={go} />
    </Page>
  );
}

function whoText({ patient: { name, birthDate, sex }, date }: Visit): string {
  const age = birthDate && `${ageAt(birthDate, date)} years`;
  return [name, sex, age, dayText(date)].filter(Boolean).join(', ');
}

interface StepsProps {
  readonly before: Neighbour | undefined;
  readonly after: Neighbour | undefined;
  readonly onGo: (to: Neighbour | undefined) => void;
}

function Steps({ before, after, onGo }: StepsProps) {
  return (
    <ActionIcon.Group>
      <Tooltip label="Previous visit (k)">
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Previous visit"
          disabled={!before}
          onClick={() => onGo(before)}
        >
          <BackIcon />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Next visit (j)">
        <ActionIcon
          variant="default"
          size={36}
          aria-label="Next visit"
          disabled={!after}
          onClick={() => onGo(after)}
        >
          <NextIcon />
        </ActionIcon>
      </Tooltip>
    </ActionIcon.Group>
  );
}

function Corrections({ visit }: { readonly visit: Visit }) {
  const [isOpen, setOpen] = useState(false);
  const mayCorrect = useMay('technician');
  if (!mayCorrect) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<EditIcon width={16} height={16} />}
        onClick={() => setOpen(true)}
      >
        Images
      </Button>
      {isOpen && <ImagesForm visit={visit} onClose={() => setOpen(false)} />}
    </>
  );
}

interface ReadingProps {
  readonly visit: Visit;
  readonly after: Neighbour | undefined;
  readonly onNext: (to: Neighbour | undefined) => void;
}

function Reading({ visit, after, onNext }: ReadingProps) {
  const earlier = useEarlier(visit);
  const images = useMemo(
    () => [...readingImages(visit), ...earlier.flatMap((one) => readingImages(one, true))],
    [visit, earlier],
  );
  const [chosen, setChosen] = useState<Shown>();
  // An image whose eye was corrected may have left its side.
  const shown = chosen ?? firstShown(images);
  const maySign = useMay('reader');
  const { isBlinded, ...rest } = useCase(visit);
  const [isHeatMapOn, setHeatMap] = useState(false);
  const evidence = useShownEvidence(visit, shown, isHeatMapOn && !isBlinded);
  const { data: models = [] } = useModels();
  const signing = useSigning(visit.id);
  const sign = (review: NewReview) =>
    signing.mutate(review, {
      onSuccess: () => {
        rememberSigned({ visitId: visit.id, patient: visit.patient.identifier });
        // Whoever graded blinded now sees what the models said; everybody else goes on.
        if ((!isBlinded || review.decision === 'retake') && after) onNext(after);
      },
    });
  const manifests = models.map(({ manifest }) => manifest);
  return (
    <div className={classes.reading}>
      <div className={classes.eyes}>
        <EyePair
          visitId={visit.id}
          images={images}
          shown={shown}
          onShown={setChosen}
          isHeatMapOn={isHeatMapOn && !isBlinded}
          onHeatMap={setHeatMap}
          evidence={evidence}
          isBlinded={isBlinded}
        />
      </div>
      <aside className={classes.side} aria-label="Results and verdict">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className={classes.results} aria-label="Results" tabIndex={0}>
          <SignedNote visitId={visit.id} after={after} onNext={onNext} />
          {EYES.map((eye) => {
            const image = visit.imageList.find(({ id }) => id === shown[eye]);
            const known = evidence[eye];
            return (
              <ResultCard
                key={eye}
                eye={eye}
                outcome={visit.outcome?.eyes.find((one) => one.eye === eye) ?? null}
                rule={visit.outcome?.rule ?? null}
                readings={image?.readings ?? []}
                fileName={image?.fileName ?? null}
                manifests={manifests}
                why={known?.state === 'ready' ? known.evidence.sentence : null}
                hidden={isBlinded}
              />
            );
          })}
          <Reviews reviews={visit.reviews} />
        </section>
        <section className={classes.verdict} aria-label="Verdict">
          {maySign ? (
            <VerdictForm
              of={{ isBlinded, ...rest }}
              isSigning={signing.isPending}
              failure={signing.error && failureOf(signing.error)}
              onSign={sign}
            />
          ) : (
            <p className={classes.readers}>A reader gives the verdict.</p>
          )}
        </section>
      </aside>
    </div>
  );
}

/** The case as this reader may judge it: what another has signed is a senior's to overrule. */
function useCase(visit: Visit) {
  const [mayOverrule, { login }] = [useMay('senior'), useUser()];
  const known = caseOf(visit);
  return { ...known, blocked: known.blocked ?? (mayOverrule ? null : whyNotOverrule(visit, login)) };
}

/** Keys that lead from visit to visit, but where somebody types. */
function useStepKeys(steps: Readonly<Record<string, () => void>>): void {
  const hasLetters = useLetters();
  const latest = useRef(steps);
  latest.current = steps;
  useEffect(() => {
    if (!hasLetters) return;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || !Object.hasOwn(latest.current, event.key)) return;
      event.preventDefault();
      latest.current[event.key]!();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [hasLetters]);
}
