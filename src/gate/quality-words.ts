import type { ReasonKind } from './quality-rule.ts';

/** Each fault as a photographer would say it, and what to do before it is taken again. */
export const WORDS: Readonly<Record<ReasonKind, { readonly words: string; readonly advice: string }>> = {
  blur: {
    words: 'The picture is out of focus.',
    advice: 'Take it again in focus: set the fixation and the focus anew, and ask the patient to hold still.',
  },
  dark: {
    words: 'The picture is too dark.',
    advice: 'Raise the flash, or dilate the pupil (a dark room for five minutes may do).',
  },
  bright: { words: 'The picture is overexposed.', advice: 'Lower the flash.' },
  'uneven light': {
    words: 'Part of the field is in shadow.',
    advice: 'Centre the camera on the pupil; if the pupil is small, dilate it.',
  },
  haze: {
    words: 'A haze lies over the picture.',
    advice:
      'Ask the patient to blink and clean the lens; if the haze stays, the eye itself may be cloudy (cataract).',
  },
  'low contrast': {
    words: 'Contrast is low: vessels hardly stand out.',
    advice: 'Ask the patient to blink, check the distance to the eye and take it again.',
  },
  eyelash: {
    words: 'Eyelashes or the lid hang into the field.',
    advice: 'Ask the patient to open the eye wide, or hold the lid up.',
  },
  dust: { words: 'Spots of dust are seen.', advice: 'Clean the lens.' },
  flare: {
    words: 'A bright reflex covers part of the field.',
    advice: 'Move closer and centre on the pupil until the reflex is gone.',
  },
  'field cut': {
    words: 'Part of the field is missing.',
    advice: 'Centre the camera on the pupil, move closer and keep the lids out of the way.',
  },
  'low resolution': {
    words: 'The picture has too few pixels.',
    advice: 'Send the original picture of the camera, not a preview or a screenshot.',
  },
  compression: {
    words: 'Detail was lost to compression.',
    advice: 'Export it anew at a higher JPEG quality, not through a messenger.',
  },
};
