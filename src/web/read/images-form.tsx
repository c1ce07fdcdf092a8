import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Visit, VisitImage } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { momentText } from '../shell/dates.ts';
import { changeImage, readAnew } from '../shell/room-api.ts';
import { Thumbnail } from '../shell/thumbnail.tsx';
import classes from './images-form.module.css';

interface Props {
  readonly visit: Visit;
  readonly onClose: () => void;
}

/** Where each image belongs: of which eye, of whom, of which day. */
export function ImagesForm({ visit, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title="Images of this visit" size={720}>
      <ul className={classes.images}>
        {visit.imageList.map((image) => (
          <li key={image.id}>
            <Image visit={visit} image={image} />
          </li>
        ))}
      </ul>
    </Modal>
  );
}

function Image({ visit, image }: { readonly visit: Visit; readonly image: VisitImage }) {
  const { id, fileName, camera, operator, takenAt, eyeSource } = image;
  const [eye, setEye] = useState(image.eye ?? '');
  const [patient, setPatient] = useState(visit.patient.identifier);
  const [date, setDate] = useState(visit.date);
  const queries = useQueryClient();
  const onSuccess = () => {
    for (const key of ['visit', 'worklist', 'patient', 'patients']) {
      void queries.invalidateQueries({ queryKey: [key] });
    }
  };
  const save = useMutation({
    mutationFn: () =>
      changeImage(id, {
        ...(eye !== (image.eye ?? '') && { eye: (eye || null) as 'OD' | 'OS' | null }),
        ...(patient.trim() !== visit.patient.identifier && { patient: patient.trim() }),
        ...(date !== visit.date && { date }),
      }),
    onSuccess,
  });
  const again = useMutation({ mutationFn: () => readAnew(id), onSuccess });
  const isChanged =
    eye !== (image.eye ?? '') || patient.trim() !== visit.patient.identifier || date !== visit.date;
  const failure = save.error ?? again.error;
  const facts = [camera, operator && `by ${operator}`, takenAt && momentText(takenAt)].filter(Boolean);
  return (
    <form
      className={classes.image}
      aria-label={fileName}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Thumbnail image={id} size={88} />
      <div className={classes.fields}>
        <p className={classes.file}>
          <strong>{fileName}</strong>
          {facts.length > 0 && <span>{facts.join(', ')}</span>}
        </p>
        <label>
          Eye
          <select value={eye} onChange={({ currentTarget }) => setEye(currentTarget.value)}>
            <option value="">not known</option>
            <option value="OD">OD, right</option>
            <option value="OS">OS, left</option>
          </select>
        </label>
        <label>
          Patient
          <input
            required
            maxLength={200}
            value={patient}
            onChange={({ currentTarget }) => setPatient(currentTarget.value)}
          />
        </label>
        <label>
          Day
          <input
            type="date"
            required
            value={date}
            onChange={({ currentTarget }) => setDate(currentTarget.value)}
          />
        </label>
        {failure && <FailureCard failure={failureOf(failure)} />}
        <div className={classes.foot}>
          <p className={classes.source}>{eyeSource && `The eye is known from: ${eyeSource}.`}</p>
          <Group gap="xs">
            <Button
              variant="subtle"
              color="gray"
              size="xs"
              loading={again.isPending}
              disabled={again.isSuccess}
              onClick={() => again.mutate()}
            >
              {again.isSuccess ? 'It will be read anew' : 'Read anew'}
            </Button>
            <Button
              type="submit"
              size="xs"
              variant="default"
              loading={save.isPending}
              disabled={!isChanged || !patient.trim()}
            >
              Save
            </Button>
          </Group>
        </div>
      </div>
    </form>
  );
}
