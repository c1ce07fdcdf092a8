import { writeZip } from '../formats/zip-writer.ts';
import { withPngText } from '../image/png-text.ts';
import {
  fileOf,
  labelsCsv,
  type Phantom,
  type PhantomParameters,
  phantomText,
  renderEye,
  type SetItem,
  truthLines,
} from '../synth/index.ts';
import { toRgba } from './phantom-pixels.ts';

/** What a thread that draws phantoms is asked for: one to look at, or a set of them as a ZIP archive. */
export type PhantomRequest =
  | { readonly id: number; readonly parameters: PhantomParameters }
  | { readonly id: number; readonly items: readonly SetItem[]; readonly masks: boolean };

/** What it answers, in the order of the work; a set tells how many are drawn before the archive comes. */
export type PhantomAnswer = { readonly id: number } & (
  | { readonly phantom: Phantom }
  | { readonly drawn: number }
  | { readonly archive: Uint8Array<ArrayBuffer> }
  | { readonly failure: string }
);

const answer = (message: PhantomAnswer) => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<PhantomRequest>) => {
  const { id } = data;
  try {
    if ('parameters' in data) answer({ id, phantom: renderEye(data.parameters) });
    else answer({ id, archive: await archiveOf(data.items, data.masks, (drawn) => answer({ id, drawn })) });
  } catch (thrown) {
    answer({ id, failure: thrown instanceof Error ? thrown.message : String(thrown) });
  }
};

/** The folder that `fovea phantom` writes, as an archive. */
async function archiveOf(
  items: readonly SetItem[],
  withMasks: boolean,
  onDrawn: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const files: Record<string, Uint8Array> = {};
  const truths: Phantom['truth'][] = [];
  for (const item of items) {
    const { image, channels, width, height, masks, truth } = renderEye(item.parameters);
    const text = phantomText(item.parameters);
    files[fileOf(item)] = withPngText(await png(image, channels, width, height), text);
    if (withMasks)
      for (const [kind, mask] of Object.entries(masks))
        files[`masks/${kind}/${item.name}.png`] = withPngText(await png(mask, 1, width, height), text);
    truths.push(truth);
    onDrawn(truths.length);
  }
  const encode = (text: string) => new TextEncoder().encode(text);
  files['labels.csv'] = encode(labelsCsv(items, truths));
  files['truth.jsonl'] = encode(truthLines(items, truths));
  return writeZip(files);
}

async function png(data: Uint8Array, channels: 1 | 3, width: number, height: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(toRgba(data, channels, width, height), 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
}
