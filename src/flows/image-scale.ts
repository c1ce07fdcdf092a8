import { MICROMETRES_PER_DEGREE } from '../gate/index.ts';

/** A camera, and the field that its maker tells of it. */
export interface CameraField {
  /** As images name it: by EXIF or a table. */
  readonly name: string;
  /** Of the whole circle, degrees. */
  readonly degrees: number;
}

/** How large a pixel is on the retina of an eye of average length, and by which camera that is known. */
export interface ImageScale {
  readonly micrometresPerPixel: number;
  readonly camera: string;
  readonly degrees: number;
}

const plain = (name: string) => name.trim().toLowerCase();

/**
 * The scale of a photograph whose camera's field is set: so many degrees over the diameter of the lit field.
 *
 * @param field the lit field as the gate measured it, pixels
 * @returns null where the camera, its field or the lit field is not known
 */
export function imageScale(
  camera: string | null,
  field: { readonly radius: number } | null | undefined,
  cameras: readonly CameraField[],
): ImageScale | null {
  const known = camera === null ? undefined : cameras.find(({ name }) => plain(name) === plain(camera));
  if (!known || !field) return null;
  return {
    micrometresPerPixel: (known.degrees * MICROMETRES_PER_DEGREE) / (2 * field.radius),
    camera: known.name,
    degrees: known.degrees,
  };
}
