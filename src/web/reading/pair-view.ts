import { FITTED, fittedSize, moved, type Size, type View } from '../view.ts';

export type Eye = 'OD' | 'OS';
export const EYES: readonly Eye[] = ['OD', 'OS'];
export const otherEye = (eye: Eye): Eye => (eye === 'OD' ? 'OS' : 'OD');

/**
 * What is looked at, whatever the size of picture and panel: `zoom` 1 fits the picture in; `x`, `y` = the place of the
 * picture in the middle of the panel, in shares of its width and height.
 */
export interface Gaze {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Gaze = { zoom: 1, x: 0.5, y: 0.5 };

/** Both eyes are looked at at once. */
export interface PairView {
  /** Where one goes the other follows. */
  readonly isLinked: boolean;
  /** It follows as in a mirror: temporal stays temporal, since eyes are each other's mirror images. */
  readonly isMirrored: boolean;
  readonly OD: Gaze;
  readonly OS: Gaze;
}

export const START: PairView = { isLinked: true, isMirrored: true, OD: WHOLE, OS: WHOLE };

const followed = (pair: PairView, gaze: Gaze): Gaze => (pair.isMirrored ? { ...gaze, x: 1 - gaze.x } : gaze);

/** One eye is looked at differently; the other follows where they are linked. */
export function looked(pair: PairView, eye: Eye, gaze: Gaze): PairView {
  const other = pair.isLinked ? followed(pair, gaze) : pair[otherEye(eye)];
  return eye === 'OD' ? { ...pair, OD: gaze, OS: other } : { ...pair, OD: other, OS: gaze };
}

/** Linked or unlinked; once linked, the other eye goes where the active one is. */
export const linked = (pair: PairView, active: Eye): PairView =>
  looked({ ...pair, isLinked: !pair.isLinked }, active, pair[active]);

/** Mirrored or alike; the other eye goes to its new place at once. */
export const mirrored = (pair: PairView, active: Eye): PairView =>
  looked({ ...pair, isMirrored: !pair.isMirrored }, active, pair[active]);

/** Both eyes whole. */
export const fitted = (pair: PairView): PairView => ({ ...pair, OD: WHOLE, OS: WHOLE });

/** Where a picture lies in its panel for a gaze; never further than its own edge. */
export function viewOf(gaze: Gaze, picture: Size, panel: Size): View {
  if (!picture.width || !panel.width) return FITTED;
  const { width, height } = fittedSize(picture, panel);
  const view = {
    zoom: gaze.zoom,
    x: (0.5 - gaze.x) * width * gaze.zoom,
    y: (0.5 - gaze.y) * height * gaze.zoom,
  };
  return moved(view, 0, 0, picture, panel);
}

/** The gaze of a view: the inverse of `viewOf`. */
export function gazeOf({ zoom, x, y }: View, picture: Size, panel: Size): Gaze {
  const { width, height } = fittedSize(picture, panel);
  return { zoom, x: 0.5 - x / (width * zoom || 1), y: 0.5 - y / (height * zoom || 1) };
}

/** Where a picture lies, in pixels of the panel. */
export interface Sheet {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function sheetOf(view: View, picture: Size, panel: Size): Sheet {
  const { width, height } = fittedSize(picture, panel);
  return {
    left: panel.width / 2 + view.x - (width * view.zoom) / 2,
    top: panel.height / 2 + view.y - (height * view.zoom) / 2,
    width: width * view.zoom,
    height: height * view.zoom,
  };
}
