import { encodeJpeg } from '../src/image/index.ts';
import { renderFundus } from '../src/synth/index.ts';

/** A picture with a file name that tells patient and eye: `P00012_OD.jpg`. */
export interface Photograph {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Eyes that are drawn; the others are the same with another comment in the file. */
const DRAWN = 16;

/**
 * So many photographs, each a file of its own, of both eyes of patients.
 *
 * @param size pixels of a side
 */
export async function* manyPhotographs(count: number, size: number): AsyncGenerator<Photograph> {
  const drawn: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const eye = i % 2 === 0 ? 'OD' : 'OS';
    if (drawn.length <= i % DRAWN) {
      const disease = i % 3 === 0 ? { diseases: { dr: (i % 4) + 1 } } : {};
      const { image, width, height } = renderFundus({ seed: 900 + i, eye, size, ...disease });
      drawn.push(Buffer.from(await encodeJpeg({ width, height, channels: 3, data: image })));
    }
    const patient = String(i >> 1).padStart(5, '0');
    yield { name: `P${patient}_${eye}.jpg`, bytes: commented(drawn[i % DRAWN]!, `number ${i}`) };
  }
}

/** A JPEG with a comment behind its start marker (ITU-T T.81, B.2.4.5). */
function commented(jpeg: Buffer, text: string): Buffer {
  const comment = Buffer.from(text, 'latin1');
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}
