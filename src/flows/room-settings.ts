import type { CameraField } from './image-scale.ts';

/** What a clinic sets for its reading room. */
export interface RoomSettings {
  /** Name, as it stands on reports. */
  readonly clinic: string;
  /** Shipped rule, by id. */
  readonly rule: string;
  /** Models that read, by name; empty = every shipped one that reads the kind of picture. */
  readonly models: readonly string[];
  /** The human grades before the models' answer is shown. */
  readonly blindedFirst: boolean;
  /** Since when; null where nobody has changed it. */
  readonly blindedSince: string | null;
  /** Name of an operating point, for each model that has it. */
  readonly operatingPoint: string;
  /** Angles of the fields of cameras, by which lengths are known. */
  readonly cameras: readonly CameraField[];
  /** Report's template (docs/report.md). */
  readonly template: unknown;
}

export const DEFAULT_SETTINGS: RoomSettings = {
  clinic: '',
  rule: 'icdr-referable',
  models: [],
  blindedFirst: false,
  blindedSince: null,
  operatingPoint: 'balanced',
  cameras: [],
  template: {},
};
