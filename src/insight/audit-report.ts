// What an audit is asked and what it finds.

import type { PictureFeatures } from "../models/images/feature-kinds.js";
import type { PictureData } from "../models/images/rows.js";
import type { CopiedRuns } from "./copied-runs.js";
import type { Canary, Exposure, ExposureOptions } from "./exposure.js";
import type { Extractable, ExtractableOptions } from "./extracted.js";
import type { LossGap } from "./gap.js";
import type { NearestTraining } from "./nearest-training.js";

/** Options of `audit`. */
export interface AuditOptions {
  /**
   * Data of the same kind that were not learned. Default: what the model's last run kept for its validation, where the data are those
   * of that run; without any there is no gap, and nothing to compare with.
   */
  readonly heldOut?: unknown;
  /** Samples that are made and looked at. Default 50 texts, answers or grids, 200 pictures. */
  readonly samples?: number;
  /** Of the samples. Default 0. */
  readonly seed?: number;
  /** Characters of a run that counts as copied. Default 50. */
  readonly run?: number;
  /** Of `extractable`. */
  readonly prefix?: ExtractableOptions["prefix"];
  readonly length?: number;
  readonly examples?: number;
  /** Secrets whose exposure is measured, and the symbols that they are made of. */
  readonly canaries?: readonly Canary[];
  readonly symbols?: ExposureOptions["symbols"];
  /** Measures pictures by features, too. */
  readonly features?: PictureFeatures;
  /** For levels, `copied` of simdream/game. */
  readonly copied?: CopiedLevels;
  /** Is told of the pictures, clips or points that were made, numbered as in `neighbours`. */
  readonly onMade?: (made: PictureData) => void;
}

/** As `copied` of simdream/game. */
export type CopiedLevels = (
  levels: readonly string[],
  training: readonly string[],
) => { readonly share: number; readonly windows: number; readonly longest: number };

/** What samples copied, and for comparison what held-out texts of the same lengths share with the training texts. */
export interface CopiedTexts {
  readonly samples: CopiedRuns;
  readonly heldOut: CopiedRuns | undefined;
}

/** Windows of whole columns of drawn levels, and of held-out ones, that stand in training levels. */
export interface CopiedGrids {
  readonly samples: ReturnType<CopiedLevels>;
  readonly heldOut: ReturnType<CopiedLevels> | undefined;
}

/** Why a model counts as overfitted. */
export type Sign = "gap" | "extractable" | "copied" | "near";

/** What was found. What means nothing for a model, or was not asked for, is null. */
export interface Audit {
  /** The model's class. */
  readonly model: string;
  /** Where what it is compared with comes from: `given`, or the `validation` of its last run; null: nothing. */
  readonly heldOut: "given" | "validation" | null;
  readonly overfitted: boolean;
  /** The signs, and a sentence for each; without any, one that says so. */
  readonly signs: readonly Sign[];
  readonly why: readonly string[];
  readonly gap: LossGap | null;
  readonly extractable: {
    readonly training: Extractable;
    readonly heldOut: Extractable | undefined;
  } | null;
  readonly copied: CopiedTexts | CopiedGrids | null;
  readonly exposure: readonly Exposure[] | null;
  readonly neighbours: NearestTraining | null;
}

/**
 * What counts. `gap`: the whole interval is above this fraction of the held-out loss (and above `nats`, of losses in nats: 0.002
 * and 0.02 are no different in use). `extractable`: the interval of what can be extracted is above this and above that of held-out
 * texts. `copied`: the same of samples with a copied run. `near`: so many samples, with the interval, are nearer to a training
 * example than one in twenty held-out ones.
 */
export const auditThresholds = {
  gap: 0.25,
  nats: 0.1,
  extractable: 0.01,
  copied: 0.05,
  near: 0.2,
} as const;

/** What is measured. */
export type Parts = Pick<Audit, "gap" | "extractable" | "copied" | "exposure" | "neighbours">;
