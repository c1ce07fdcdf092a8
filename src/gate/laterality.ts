/** Right eye (oculus dexter) or left eye (oculus sinister). */
export type Eye = 'OD' | 'OS';

/** What tells which eye a picture is of, the one that is believed first to the one that is believed last. */
export const LATERALITY_SOURCES = ['user', 'dicom', 'exif', 'file name', 'picture'] as const;
export type LateralitySource = (typeof LATERALITY_SOURCES)[number];

export interface LateralityClues {
  /** Of `findGeometry`: the order of disc and fovea. */
  readonly fromPicture?: { readonly eye: Eye; readonly confidence: number } | null;
  /** Probability that the picture stands upside down, of `findGeometry`. */
  readonly inverted?: number | null;
  /** File name or path; the name alone is read. */
  readonly fileName?: string | null;
  /** Any text that an EXIF field holds (ImageDescription, UserComment). */
  readonly exif?: string | null;
  /** Image Laterality (0020,0062) or Laterality (0020,0060): R, L; B, U and an empty one tell nothing. */
  readonly dicom?: string | null;
  /** What the user said. */
  readonly user?: Eye | null;
}

export interface LateralityConflict {
  readonly source: LateralitySource;
  readonly eye: Eye;
  /** The conflict in a sentence, and what may lie behind it. */
  readonly words: string;
}

export interface LateralityCheck {
  /** Null where nothing tells. */
  readonly eye: Eye | null;
  readonly source: LateralitySource | null;
  /** Every source that says the other eye. Not empty: no report may be signed before somebody has looked. */
  readonly conflicts: readonly LateralityConflict[];
}

/** Below this a picture's own word is not held against others': it is too often wrong (docs/gates.md). */
const LEAST_CONFIDENCE = 0.9;
/** From here on a conflict is said to come from a picture that stands upside down. */
const INVERTED = 0.5;

const EYE_WORDS: Record<Eye, string> = { OD: 'right eye (OD)', OS: 'left eye (OS)' };

/**
 * Settles which eye a picture is of, and says in words which sources contradict.
 *
 * ```ts
 * checkLaterality({ fromPicture: { eye: 'OS', confidence: 0.98 }, fileName: '17_right.jpg' });
 * // { eye: 'OD', source: 'file name', conflicts: [{ source: 'picture', eye: 'OS', words: 'The picture shows …' }] }
 * ```
 */
export function checkLaterality(clues: LateralityClues): LateralityCheck {
  const { fromPicture, inverted, fileName, exif, dicom, user } = clues;
  const told: Record<LateralitySource, Eye | null> = {
    user: user ?? null,
    dicom: dicom ? eyeOfDicom(dicom) : null,
    exif: exif ? eyeOfText(exif) : null,
    'file name': fileName ? eyeOfFileName(fileName) : null,
    picture: fromPicture?.eye ?? null,
  };
  const source = LATERALITY_SOURCES.find((name) => told[name]) ?? null;
  if (!source) return { eye: null, source: null, conflicts: [] };
  const eye = told[source]!;
  const conflicts = LATERALITY_SOURCES.flatMap((other): LateralityConflict[] => {
    const says = told[other];
    if (!says || says === eye) return [];
    if (other !== 'picture')
      return [{ source: other, eye: says, words: disagreement(other, says, source, eye) }];
    if (fromPicture!.confidence < LEAST_CONFIDENCE) return [];
    const sure = `${Math.round(Math.min(0.99, fromPicture!.confidence) * 100)} %`;
    const reason =
      (inverted ?? 0) >= INVERTED
        ? 'It seems to stand upside down: turn it by half.'
        : 'It may be mirrored, of the other eye, or named wrongly.';
    const words = `The picture shows a ${EYE_WORDS[says]} (${sure} sure), ${SAYING[source]} a ${EYE_WORDS[eye]}. ${reason}`;
    return [{ source: other, eye: says, words }];
  });
  return { eye, source, conflicts };
}

const SAYING: Record<LateralitySource, string> = {
  user: 'you said',
  dicom: 'the DICOM header says',
  exif: 'the EXIF text says',
  'file name': 'the file name says',
  picture: 'the picture shows',
};

function disagreement(other: LateralitySource, says: Eye, source: LateralitySource, eye: Eye): string {
  const sentence = `${SAYING[other]} a ${EYE_WORDS[says]}, ${SAYING[source]} a ${EYE_WORDS[eye]}. One of them is wrong.`;
  return sentence[0]!.toUpperCase() + sentence.slice(1);
}

/** DICOM PS3.3 C.7.2.1 and C.8.17.1: R right, L left, B both, U unpaired. */
function eyeOfDicom(value: string): Eye | null {
  const letter = value.trim().toUpperCase();
  return letter === 'R' ? 'OD' : letter === 'L' ? 'OS' : null;
}

/** Words for an eye, in the languages of the cameras' makers and of published data sets. */
const WORDS: Readonly<Record<string, Eye>> = {
  right: 'OD',
  od: 'OD',
  dexter: 'OD',
  rechts: 'OD',
  droit: 'OD',
  droite: 'OD',
  derecho: 'OD',
  derecha: 'OD',
  left: 'OS',
  os: 'OS',
  sinister: 'OS',
  links: 'OS',
  gauche: 'OS',
  izquierdo: 'OS',
  izquierda: 'OS',
};
/** Abbreviations that are words of some language when written small. */
const CAPITALS: Readonly<Record<string, Eye>> = { RE: 'OD', LE: 'OS', OI: 'OS', OG: 'OS' };

/**
 * Which eye a file's name tells: `10_left.jpeg`, `P12-OD.tif`, `Image_03L.jpg`, `IMG_R_2.png`. Only whole words count
 * ("bright.jpg" tells nothing), a single letter only as a capital or at the end.
 *
 * @returns null where it tells nothing, or both eyes
 */
export function eyeOfFileName(path: string): Eye | null {
  const name = path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.(jpe?g|png|tiff?|webp|gif|dcm)$/i, '');
  const tokens = tokensOf(name);
  const long = soleEye(tokens.map(eyeOfToken));
  if (long !== undefined) return long;
  const single = tokens.map((token, i): Eye | null => {
    const isCounted = token === token.toUpperCase() || (i === tokens.length - 1 && i > 0);
    const letter = token.toUpperCase();
    return !isCounted ? null : letter === 'R' ? 'OD' : letter === 'L' ? 'OS' : null;
  });
  return soleEye(single) ?? null;
}

/** The same of free text, without single letters, and without the corners of pictures ("top-left"). */
function eyeOfText(text: string): Eye | null {
  return (
    soleEye(
      tokensOf(text.replace(/\b(top|bottom|upper|lower)[\s-]*(left|right)\b/gi, ' ')).map(eyeOfToken),
    ) ?? null
  );
}

/** Runs of letters; `LeftEye` and `03L` are parted too. */
const tokensOf = (text: string): string[] =>
  text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').match(/\p{L}+/gu) ?? [];

const eyeOfToken = (token: string): Eye | null => WORDS[token.toLowerCase()] ?? CAPITALS[token] ?? null;

/** The eye that all agree on; null where they differ, undefined where none tells. */
function soleEye(eyes: readonly (Eye | null)[]): Eye | null | undefined {
  const told = new Set(eyes.filter((eye) => eye !== null));
  return told.size === 0 ? undefined : told.size === 1 ? [...told][0] : null;
}
