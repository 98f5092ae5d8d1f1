// What every model is to the command line, and what it shows of one.

import type { GivenOptions, RunProgress, TrainingRecord } from "../../entries/node.js";

/** What every model is. */
export interface AnyModel {
  readonly config: { readonly seed: number };
  readonly parameterCount: number;
  readonly quantized: boolean;
  readonly weights: "f32" | "int8" | "int4";
  readonly savedBy: string | undefined;
  readonly record: TrainingRecord;
  readonly run: RunProgress | undefined;
  readonly stepBytes: number | undefined;
  fingerprint(): string;
  /** Notes what was asked for. */
  said(given: GivenOptions): void;
  quantize(options?: { readonly bits?: 4 | 8 }): Promise<AnyModel>;
  save(options?: { readonly training?: boolean }): Uint8Array;
}

/** Options as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>;

export type Rows = readonly (readonly [name: string, value: string])[];

/** What `evaluate` found, for programs and for people. */
export interface Measures {
  readonly json: object;
  readonly rows: Rows;
}

/** What kinds do not share of what `inspect` shows. */
export interface Inspection {
  /** The model in a few words. */
  readonly model: string;
  readonly traits: Rows;
  /** What comes with the weights: vocabularies. */
  readonly assets: Rows;
  /** What a loss is measured in. */
  readonly unit: string;
  /** What a validation is measured in, where that is something else. */
  readonly checked?: string;
  /** What it learned from: tokens, where nothing is said. */
  readonly targets?: string;
  /** The assets for `--json`. */
  readonly json: object;
}
