import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import { isZip } from '../formats/zip.ts';
import { sniff } from '../image/index.ts';

/** Largest picture; an uncompressed 16-bit TIFF of a 4928 × 3264 fundus camera has 92 MB. */
export const MAX_IMAGE_BYTES = 100 * 1024 ** 2;

/** Largest archive: a whole day of a clinic. */
export const MAX_ARCHIVE_BYTES = 1024 ** 3;

/** First bytes of a file by which it is told what it is. */
export const HEAD_BYTES = 1024;

/** Whether a file is to be unpacked, by its first bytes; a Keras model is a ZIP too, and no archive of pictures. */
export const isArchive = (name: string, head: Uint8Array): boolean => isZip(head) && /\.zip$/i.test(name);

/**
 * Refuses what no decoder would make a picture of, before it is anybody's. A picture that is cut short passes: it is kept,
 * and told as one that cannot be read.
 *
 * @param head the file's first `HEAD_BYTES`, or all of it
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `IMAGE_UNRECOGNISED`
 */
export function refuseNoPicture(head: Uint8Array): void {
  refuseHollowFile(head);
  const kind = sniff(head);
  if (!kind?.readable)
    throw new FoveaError('IMAGE_UNRECOGNISED', {
      expected: 'a JPEG, PNG, TIFF, WebP or GIF image, or a ZIP archive of them',
      received: kind?.name ?? 'other bytes',
    });
}

/**
 * Refuses what is larger than is read, before it is read.
 *
 * @throws FoveaError `FILE_TOO_LARGE`
 */
export function refuseTooLarge(bytes: number, limit = MAX_IMAGE_BYTES): void {
  if (bytes > limit)
    throw new FoveaError('FILE_TOO_LARGE', {
      expected: `at most ${limit / 1024 ** 2} MB`,
      received: `${Math.ceil(bytes / 1024 ** 2)} MB`,
    });
}
