import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import { FoveaError } from '../core/errors.ts';
import { MAX_IMAGE_BYTES, refuseTooLarge } from '../intake/index.ts';

export { MAX_IMAGE_BYTES };

/** Largest model file; the largest network in keras.applications (EfficientNetV2L, VGG19) is half of it. */
export const MAX_MODEL_BYTES = 1024 ** 3;

/** Labels are a line a class. */
export const MAX_LABELS_BYTES = 1024 ** 2;

/** Of one request. */
export const LIMITS = { files: 200, fields: 20, parts: 220, fileSize: MAX_MODEL_BYTES };

/** Of one request, all files together; what is more goes in several, or in pieces to `/uploads`. */
const MAX_REQUEST_BYTES = MAX_MODEL_BYTES + 16 * 1024 ** 2;

/** So much of a file that is too large is passed over for the sake of those behind it; then nobody listens any more. */
const PASSED_OVER = 64 * 1024 ** 2;

/** One file of a request, read when asked for. */
export interface Upload {
  /** Form field. */
  readonly field: string;
  /** As the sender calls it: to be shown, never opened. */
  readonly name: string;
  /** @throws FoveaError `FILE_TOO_LARGE` beyond `limit` bytes, with what follows passed over, within reason */
  read(limit: number): Promise<Uint8Array>;
}

/**
 * The files of a multipart request, in order, one at a time. Files that are not read are passed over.
 *
 * @throws FoveaError `REQUEST_INVALID` where the request is not multipart, or holds what the route's form has no field for;
 * `FILE_TOO_LARGE` where it is too much to go on
 */
export async function* uploads(request: FastifyRequest): AsyncGenerator<Upload> {
  if (!request.isMultipart()) {
    throw new FoveaError('REQUEST_INVALID', {
      reason: 'files are sent as a form',
      expected: 'multipart/form-data',
      received: request.headers['content-type'] ?? 'no content type',
    });
  }
  refuseTooLarge(Number(request.headers['content-length'] ?? 0), MAX_REQUEST_BYTES);
  const { body } = request.routeOptions.schema ?? {};
  const fields = Object.keys((body as TObject).properties);
  for await (const part of request.parts()) {
    if (part.type === 'field' || !fields.includes(part.fieldname)) {
      throw new FoveaError('REQUEST_INVALID', {
        reason: `its form may not hold ${part.fieldname}`,
        expected: `files in ${fields.map((field) => `"${field}"`).join(' and ')}, and anything else in the address`,
      });
    }
    let endless: unknown;
    yield {
      field: part.fieldname,
      name: part.filename || 'image',
      read: async (limit) => {
        const { bytes, size } = await readAll(part, limit);
        if (bytes) return bytes;
        const refusal = new FoveaError('FILE_TOO_LARGE', {
          expected: `at most ${limit / 1024 ** 2} MB`,
          received: `more than ${Math.floor(size / 1024 ** 2)} MB`,
        });
        if (!part.file.readableEnded) endless = refusal;
        throw refusal;
      },
    };
    if (endless) throw endless;
    part.file.resume();
  }
}

/**
 * The picture of a request that is about one, in the field "image".
 *
 * @throws FoveaError `IMAGE_MISSING`, and what `uploads` throws
 */
export async function pictureOf(request: FastifyRequest): Promise<{ name: string; bytes: Uint8Array }> {
  let picture: { name: string; bytes: Uint8Array } | undefined;
  for await (const { name, read } of uploads(request))
    picture ??= { name, bytes: await read(MAX_IMAGE_BYTES) };
  if (!picture) throw new FoveaError('IMAGE_MISSING');
  return picture;
}

/** @returns no bytes where there are more than `limit`; what is far beyond it is not waited for */
async function readAll(
  { file }: MultipartFile,
  limit: number,
): Promise<{ bytes?: Uint8Array; size: number }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else if (size > limit + PASSED_OVER) return { size };
    else chunks.length = 0;
  }
  return size > limit || file.truncated ? { size } : { bytes: Buffer.concat(chunks, size), size };
}
