import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { FoveaError } from '../core/errors.ts';

/** Largest picture; an uncompressed 16-bit TIFF of a 4928 × 3264 fundus camera has 92 MB. */
export const MAX_IMAGE_BYTES = 100 * 1024 ** 2;

/** Largest model file; the largest network in keras.applications (EfficientNetV2L, VGG19) is half of it. */
export const MAX_MODEL_BYTES = 1024 ** 3;

/** Labels are a line a class. */
export const MAX_LABELS_BYTES = 1024 ** 2;

/** Of one request. */
export const LIMITS = { files: 200, fields: 20, parts: 220, fileSize: MAX_MODEL_BYTES };

/** One file of a request, read when asked for. */
export interface Upload {
  /** Form field. */
  readonly field: string;
  /** As the sender calls it: to be shown, never opened. */
  readonly name: string;
  /** @throws FoveaError `FILE_TOO_LARGE` beyond `limit` bytes, with the rest of the file passed over */
  read(limit: number): Promise<Uint8Array>;
}

/**
 * The files of a multipart request, in order, one at a time: no more than one is held in memory. Files that are not
 * read are passed over.
 *
 * @throws FoveaError `REQUEST_INVALID` where the request is not multipart
 */
export async function* uploads(request: FastifyRequest): AsyncGenerator<Upload> {
  if (!request.isMultipart()) {
    throw new FoveaError('REQUEST_INVALID', {
      reason: 'files are sent as a form',
      expected: 'multipart/form-data',
      received: request.headers['content-type'] ?? 'no content type',
    });
  }
  for await (const part of request.files()) {
    yield {
      field: part.fieldname,
      name: part.filename || 'image',
      read: (limit) => readAll(part, limit),
    };
    part.file.resume();
  }
}

async function readAll({ file }: MultipartFile, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit || file.truncated) {
    throw new FoveaError('FILE_TOO_LARGE', {
      expected: `at most ${limit / 1024 ** 2} MB`,
      received: `${file.truncated ? 'more than ' : ''}${Math.ceil(size / 1024 ** 2)} MB`,
    });
  }
  return Buffer.concat(chunks, size);
}
