import { type Dispatch, type SetStateAction, useEffect, useState } from 'react';
import type { Eye } from './pair-view.ts';
import { PLAIN, type Tone } from './tone.ts';

/** Eyes that are on the screen. */
export type Sides = Eye | 'both';

/** How a reader has set the room up. */
export interface Tools {
  readonly tone: Tone;
  /** The tone stays for the next patient. */
  readonly isToneKept: boolean;
  readonly sides: Sides;
  /** Power of the magnifier, 2–4. */
  readonly power: number;
  readonly isLensOn: boolean;
  readonly hasOverlay: boolean;
  /** Of the heat-map, 0–1. */
  readonly opacity: number;
  readonly isAdjusting: boolean;
}

export const FIRST_TOOLS: Tools = {
  tone: PLAIN,
  isToneKept: false,
  sides: 'both',
  power: 2.5,
  isLensOn: false,
  hasOverlay: false,
  opacity: 0.6,
  isAdjusting: false,
};

/** What stays when the next patient comes: everything but what was turned for this one. */
export const nextPatient = (tools: Tools): Tools => ({
  ...tools,
  tone: tools.isToneKept ? tools.tone : PLAIN,
  sides: 'both',
});

/** For this browser tab: pages are left and come back. */
const PLACE = 'fovea.reading.tools';

/** What was kept for a visit. What is not understood (an older version's) is left out. */
export function toolsOf(text: string | null, visitId: string): Tools {
  try {
    const kept = JSON.parse(text ?? '{}') as { readonly visitId?: string; readonly tools?: Partial<Tools> };
    const tools = {
      ...FIRST_TOOLS,
      ...likeFirst(FIRST_TOOLS, kept.tools),
      tone: { ...PLAIN, ...likeFirst(PLAIN, kept.tools?.tone) },
    };
    return kept.visitId === visitId ? tools : nextPatient(tools);
  } catch {
    return FIRST_TOOLS;
  }
}

/** The entries of `found` that `first` has too, of the same type. */
function likeFirst<T extends object>(first: T, found: unknown): Partial<T> {
  if (typeof found !== 'object' || found === null) return {};
  return Object.fromEntries(
    Object.entries(found).filter(
      ([name, value]) => name in first && typeof value === typeof first[name as keyof T],
    ),
  ) as Partial<T>;
}

/** @param visitId another one = another patient */
export function useTools(visitId: string): readonly [Tools, Dispatch<SetStateAction<Tools>>] {
  const [tools, setTools] = useState(() => toolsOf(sessionStorage.getItem(PLACE), visitId));
  const [seen, setSeen] = useState(visitId);
  if (seen !== visitId) {
    setSeen(visitId);
    setTools(nextPatient(tools));
  }
  useEffect(() => {
    sessionStorage.setItem(PLACE, JSON.stringify({ visitId, tools }));
  }, [visitId, tools]);
  return [tools, setTools];
}
