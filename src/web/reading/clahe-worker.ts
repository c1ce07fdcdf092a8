import { equaliseGreen, equaliseLightness, type Rgba } from './lightness.ts';

/** What the thread is asked to equalise, and by which channel. */
export interface ClaheRequest {
  readonly id: number;
  readonly by: 'lightness' | 'green';
  readonly picture: Rgba;
}

export interface ClaheAnswer {
  readonly id: number;
  readonly picture: Rgba;
}

self.onmessage = ({ data: { id, by, picture } }: MessageEvent<ClaheRequest>) => {
  const answer = by === 'green' ? equaliseGreen(picture) : equaliseLightness(picture);
  self.postMessage({ id, picture: answer } satisfies ClaheAnswer, { transfer: [answer.data.buffer] });
};
