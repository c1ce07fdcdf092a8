import type { Template } from './template.ts';

/** Languages that a report is written in. */
export const LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Whether a language is written from right to left. */
export const isRtl = (language: Language): boolean => language === 'ar';

export type Result = 'negative' | 'positive' | 'ungradable';

/** What a report says of one image. */
export interface ReportImage {
  readonly fileName: string;
  readonly sha256: string;
  /** Upright, as JPEG. */
  readonly jpeg: Uint8Array;
  readonly quality: string | null;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string } | null;
  /** Calibrated probabilities 0–1, the greatest first. */
  readonly findings: readonly { readonly name: string; readonly probability: number }[];
  /** What the answer rests on, in words; with a map of it where its method passed its check for this model. */
  readonly explanation: { readonly jpeg: Uint8Array | null; readonly text: string } | null;
  /** Why no model read it. */
  readonly refusal: string | null;
}

export interface ReportEye {
  readonly eye: 'OD' | 'OS' | null;
  readonly result: Result | null;
  readonly level: string | null;
  readonly images: readonly ReportImage[];
}

/** Everything that stands on a report: the same data make the same bytes. */
export interface ReportData {
  readonly language: Language;
  readonly clinic: string;
  readonly template: Template;
  readonly patient: {
    readonly identifier: string;
    readonly name: string | null;
    readonly birthDate: string | null;
    readonly sex: 'female' | 'male' | 'other' | null;
  };
  /** Day of the visit, ISO 8601. */
  readonly date: string;
  /** By the models and the rule. */
  readonly outcome: {
    readonly result: Result;
    readonly say: string;
    readonly next: string;
    readonly rule: string;
  } | null;
  readonly eyes: readonly ReportEye[];
  /** Null: nobody has signed, and the report says so. */
  readonly review: {
    readonly reader: string;
    readonly role: string;
    readonly decision: 'confirmed' | 'changed' | 'retake';
    readonly result: Result | null;
    readonly grades: Readonly<
      Partial<Record<'OD' | 'OS', { readonly result: Result; readonly level: string | null }>>
    >;
    readonly comment: string;
    readonly signedAt: string;
  } | null;
  /** Of Fovea. */
  readonly version: string;
  /** Moment, ISO 8601. */
  readonly createdAt: string;
}
