import { ActionIcon, Autocomplete, Button, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Settings } from '../../server/clinic-contract.ts';
import { CloseIcon, PlusIcon } from '../icons.tsx';
import { getPerformance } from '../shell/room-api.ts';
import classes from './cameras-field.module.css';

type Camera = Settings['cameras'][number];

interface Props {
  readonly cameras: readonly Camera[];
  readonly onCameras: (cameras: Camera[]) => void;
}

/** What most fundus cameras have. */
const USUAL_DEGREES = 45;

/** Angles of the fields of cameras: with them the ruler knows how long things are. */
export function CamerasField({ cameras, onCameras }: Props) {
  const { data } = useQuery({
    queryKey: ['performance', '', ''],
    queryFn: () => getPerformance(undefined, undefined),
  });
  const known = (data?.cameras ?? []).flatMap(({ name }) => (name ? [name] : []));
  const unset = known.filter((name) => !cameras.some((camera) => camera.name === name));
  const change = (at: number, part: Partial<Camera>) =>
    onCameras(cameras.map((camera, i) => (i === at ? { ...camera, ...part } : camera)));
  return (
    <fieldset className={classes.cameras}>
      <legend>Cameras</legend>
      <p>
        How wide the field of each is. Lengths of their images are then told by it, at 276 µm a degree as in
        an eye of average length; without it they are reckoned from the optic disc.
      </p>
      {cameras.map(({ name, degrees }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is typed
        <div key={at} className={classes.camera}>
          <Autocomplete
            aria-label={`Camera ${at + 1}, as its images name it`}
            placeholder="As its images name it"
            required
            maxLength={200}
            data={unset}
            value={name}
            onChange={(typed) => change(at, { name: typed })}
          />
          <NumberInput
            aria-label={`Field of camera ${at + 1}, degrees`}
            required
            min={10}
            max={200}
            suffix="°"
            value={degrees}
            onChange={(value) => change(at, { degrees: Number(value) })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`Remove camera ${at + 1}`}
            onClick={() => onCameras(cameras.filter((_, i) => i !== at))}
          >
            <CloseIcon width={16} height={16} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="default"
        size="xs"
        className={classes.add}
        leftSection={<PlusIcon width={15} height={15} />}
        onClick={() => onCameras([...cameras, { name: unset[0] ?? '', degrees: USUAL_DEGREES }])}
      >
        Add a camera
      </Button>
    </fieldset>
  );
}
