import { type FundusParameters, renderFundus } from '../synth/index.ts';

/** A thread that draws phantoms, so that the page stays quick: parameters in, picture, masks and truth out. */
self.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly parameters: FundusParameters }>) => {
  const { id, parameters } = data;
  try {
    self.postMessage({ id, phantom: renderFundus(parameters) });
  } catch (thrown) {
    self.postMessage({ id, failure: thrown instanceof Error ? thrown.message : String(thrown) });
  }
};
