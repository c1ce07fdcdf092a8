/** A place in pixels of the picture as the camera took it, whatever size of it is shown. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Nothing measured; the start is set and the end follows; both are set. */
export type Ruler =
  | { readonly stage: 'off' }
  | { readonly stage: 'start'; readonly at: Place | null }
  | { readonly stage: 'end' | 'set'; readonly from: Place; readonly to: Place };

export const NO_RULER: Ruler = { stage: 'off' };
export const NEW_RULER: Ruler = { stage: 'start', at: null };

/** A hand hovers over or sets a place; keys move the free end; Escape takes away what there is. */
export type RulerStep =
  | { readonly do: 'hover' | 'set'; readonly at: Place }
  /** Pixels of the picture; `middle` is where it begins where no pointer has been. */
  | { readonly do: 'nudge'; readonly dx: number; readonly dy: number; readonly middle: Place }
  | { readonly do: 'enter'; readonly middle: Place }
  | { readonly do: 'escape' };

/** @param size of the picture: its ends stay within */
export function measured(
  ruler: Ruler,
  step: RulerStep,
  size: { readonly width: number; readonly height: number },
): Ruler {
  const within = ({ x, y }: Place): Place => ({
    x: Math.max(0, Math.min(size.width - 1, x)),
    y: Math.max(0, Math.min(size.height - 1, y)),
  });
  const set = (at: Place): Ruler =>
    ruler.stage === 'end'
      ? { stage: 'set', from: ruler.from, to: within(at) }
      : { stage: 'end', from: within(at), to: within(at) };
  if (ruler.stage === 'off') return ruler;
  switch (step.do) {
    case 'hover':
      if (ruler.stage === 'start') return { stage: 'start', at: within(step.at) };
      return ruler.stage === 'end' ? { ...ruler, to: within(step.at) } : ruler;
    case 'set':
      return set(step.at);
    case 'nudge': {
      const nudged = (at: Place) => within({ x: at.x + step.dx, y: at.y + step.dy });
      if (ruler.stage === 'start') return { stage: 'start', at: nudged(ruler.at ?? step.middle) };
      return { ...ruler, to: nudged(ruler.to) };
    }
    case 'enter':
      if (ruler.stage === 'start') return set(ruler.at ?? step.middle);
      return ruler.stage === 'end' ? set(ruler.to) : ruler;
    case 'escape':
      return ruler.stage === 'start' ? NO_RULER : NEW_RULER;
  }
}

/** How large a pixel is, and how that is known. */
export interface Scale {
  readonly micrometresPerPixel: number;
  /** Reckoned from the size of an average eye, not told by the camera. */
  readonly isApproximate: boolean;
  /** In words. */
  readonly source: string;
}

/** A scale as the server knows it by the field of the camera. */
interface Known {
  readonly micrometresPerPixel: number;
  /** Of the camera's field. */
  readonly degrees: number;
}

/** µm on the retina per degree of field at the posterior pole (BJO 72:228), as the gate reckons. */
const MICROMETRES_PER_DEGREE = 276;
/**
 * Disc diameter in µm of convention: between the 1.88 mm vertically and 1.77 mm horizontally that were measured (Jonas,
 * IOVS); single eyes are off by a fifth.
 */
const DISC_DIAMETER = 1800;

interface Geometry {
  readonly field: { readonly radius: number } | null;
  readonly disc: { readonly diameter: number } | null;
  /** Of the whole circle of the field, degrees. */
  readonly fieldAngle: number | null;
}

/**
 * @param known by the camera's field; null where that is not set
 * @returns null where nothing in the picture tells its size
 */
export function scaleOf(known: Known | null, geometry: Geometry | null): Scale | null {
  if (known)
    return {
      micrometresPerPixel: known.micrometresPerPixel,
      isApproximate: false,
      source: `by the camera’s field of ${known.degrees}°`,
    };
  // The gate's angle weighs the disc's size and its distance to the fovea, in which eyes differ less.
  if (geometry?.fieldAngle && geometry.field)
    return {
      micrometresPerPixel: (geometry.fieldAngle * MICROMETRES_PER_DEGREE) / (2 * geometry.field.radius),
      isApproximate: true,
      source: 'by an average eye’s disc and fovea',
    };
  if (geometry?.disc)
    return {
      micrometresPerPixel: DISC_DIAMETER / geometry.disc.diameter,
      isApproximate: true,
      source: 'by an average eye’s disc',
    };
  return null;
}

/** A length in every unit that is known. */
export interface Length {
  readonly pixels: number;
  /** Of the picture's own disc; null where it was not found. */
  readonly discDiameters: number | null;
  readonly micrometres: number | null;
  readonly isApproximate: boolean;
}

export function lengthOf(from: Place, to: Place, scale: Scale | null, disc: Geometry['disc']): Length {
  const pixels = Math.hypot(to.x - from.x, to.y - from.y);
  return {
    pixels,
    discDiameters: disc && pixels / disc.diameter,
    micrometres: scale && pixels * scale.micrometresPerPixel,
    isApproximate: scale?.isApproximate ?? false,
  };
}

/**
 * “≈ 1,200 µm · 0.66 DD · 214 px”: an approximate length with two figures; with three by the camera, since eyes differ in
 * length too.
 */
export function lengthText({ pixels, discDiameters, micrometres, isApproximate }: Length): string {
  const parts: string[] = [];
  if (micrometres !== null) {
    const value = Math.round(Number(micrometres.toPrecision(isApproximate ? 2 : 3)));
    parts.push(`${isApproximate ? '≈ ' : ''}${value.toLocaleString('en')} µm`);
  }
  if (discDiameters !== null) parts.push(`${discDiameters.toFixed(2)} DD`);
  parts.push(`${Math.round(pixels).toLocaleString('en')} px`);
  return parts.join(' · ');
}

/** The longest of 1, 2, 5 × 10ⁿ µm that is no longer on the screen than `most` pixels. */
export function scaleBar(micrometresPerScreenPixel: number, most: number): { µm: number; pixels: number } {
  const longest = micrometresPerScreenPixel * most;
  const power = 10 ** Math.floor(Math.log10(longest));
  const µm = [5, 2, 1].map((step) => step * power).find((length) => length <= longest) ?? power;
  return { µm, pixels: µm / micrometresPerScreenPixel };
}
