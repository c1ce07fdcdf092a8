import { Type } from 'typebox';
import type { GateOptions } from '../flows/gate.ts';

/** What a request may say at the gate, in its address. */
export const gateQuery = {
  eye: Type.Optional(
    Type.Union([Type.Literal('OD'), Type.Literal('OS')], {
      description: 'Which eye it is, if that is known.',
    }),
  ),
  override: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'Why a picture that the gate refuses is to be read all the same; recorded in the answer.',
    }),
  ),
};

/** The same as the flows want it. */
export const gateOf = ({ eye, override }: { eye?: 'OD' | 'OS'; override?: string }): GateOptions => ({
  ...(eye && { eye }),
  ...(override !== undefined && { override }),
});
