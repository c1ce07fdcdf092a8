import { useState } from 'react';
import type { Method, ModelInfo, Reading } from '../server/contract.ts';
import type { Circle } from './api.ts';
import { type Palette, speaks } from './evidence-map.ts';
import { meant } from './format.ts';
import type { Picture } from './pictures.ts';
import { useMap, useOcclusion } from './queries.ts';

/** How a map lies over its picture. */
export type Look = 'colours' | 'lines';

interface Asked {
  readonly picture: Picture | undefined;
  readonly model: ModelInfo | undefined;
  readonly reading: Reading | undefined;
}

/** What was chosen for one picture under one model. */
interface Choice {
  readonly scope: string;
  readonly label?: string;
  readonly circles: readonly Circle[];
}

/** Of the picture's shorter side. */
const SMALLEST = 0.02;
const LARGEST = 0.25;

/**
 * Where an answer comes from, and what becomes of it without a part of the picture. How it is looked at is kept from
 * picture to picture; which class, and what was taken away, belongs to one picture and one model.
 */
export function useEvidence({ picture, model, reading }: Asked) {
  const [isOpen, setOpen] = useState(false);
  const [look, setLook] = useState<Look>('colours');
  const [opacity, setOpacity] = useState(0.7);
  const [palette, setPalette] = useState<Palette>('viridis');
  const [method, setMethod] = useState<Method>();
  const [isRedFree, setRedFree] = useState(false);
  const [isTaking, setTaking] = useState(false);
  const [reach, setReach] = useState(0.08);

  const scope = `${picture?.id} ${JSON.stringify(model?.manifest)}`;
  const [chosen, setChosen] = useState<Choice>({ scope, circles: [] });
  const choice: Choice = chosen.scope === scope ? chosen : { scope, circles: [] };
  const [likeliest] = reading?.outputs.toSorted((a, b) => meant(b) - meant(a)) ?? [];
  const label = choice.label ?? likeliest?.label;

  const map = useMap({ picture, model }, label, method, isOpen && reading !== undefined);
  const circles = isOpen ? choice.circles : [];
  const occlusion = useOcclusion({ picture, model }, circles);
  const size = reading && { width: reading.width, height: reading.height };
  const isShown = isOpen && reading !== undefined;
  const takeAway = (x: number, y: number) => {
    if (!size) return;
    const circle = { x, y, radius: reach * Math.min(size.width, size.height) };
    setChosen({ ...choice, circles: [...circles, circle] });
  };
  return {
    isOpen,
    setOpen,
    look,
    setLook,
    opacity,
    setOpacity,
    palette,
    setPalette,
    method,
    setMethod,
    isRedFree: isShown && isRedFree,
    setRedFree,
    isTaking: isShown && isTaking,
    setTaking,
    reach,
    setReach: (share: number) => setReach(Math.max(SMALLEST, Math.min(LARGEST, share))),
    label,
    setLabel: (wanted: string) => setChosen({ ...choice, label: wanted }),
    map,
    /** The map to be drawn: none where nothing speaks for the class, or where the method failed its check. */
    shown: isShown && map.data && speaks(map.data) && map.data.evidence !== false ? map.data : undefined,
    circles,
    occlusion,
    takeAway,
    /** What clicks in the picture do. */
    tool:
      isShown && isTaking && size
        ? { size, radius: reach * Math.min(size.width, size.height), onPick: takeAway }
        : undefined,
    undo: () => setChosen({ ...choice, circles: circles.slice(0, -1) }),
    putBack: () => setChosen({ ...choice, circles: [] }),
    /** Of the picture, pixels. */
    size,
  };
}

export type EvidenceState = ReturnType<typeof useEvidence>;

export const REACH = { min: SMALLEST, max: LARGEST };

/** Names of the methods as the literature has them. */
export const METHOD_NAMES: Readonly<Record<Method, string>> = {
  cam: 'CAM',
  'grad-cam': 'Grad-CAM',
  'grad-cam++': 'Grad-CAM++',
  'hires-cam': 'HiResCAM',
  'eigen-cam': 'Eigen-CAM',
  'score-cam': 'Score-CAM',
  'attention-rollout': 'Attention roll-out',
  'input-gradient': 'Input × gradient',
  'integrated-gradients': 'Integrated gradients',
  smoothgrad: 'SmoothGrad',
  occlusion: 'Occlusion',
  rise: 'RISE',
};
