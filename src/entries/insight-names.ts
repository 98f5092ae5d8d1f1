// The public names of simdream/insight.

export {
  type AttentionMap,
  type AttentionMaps,
  attentionMaps,
  type InductionOptions,
  type InductionScore,
  inductionScores,
} from "../insight/attention.js";
export { audit } from "../insight/audit.js";
export {
  type Audit,
  type AuditOptions,
  auditThresholds,
  type CopiedGrids,
  type CopiedTexts,
  type Sign,
} from "../insight/audit-report.js";
export {
  type CopiedRuns,
  type CopiedRunsOptions,
  copiedRuns,
  type Run,
} from "../insight/copied-runs.js";
export {
  type Canary,
  type Exposure,
  type ExposureOptions,
  exposure,
} from "../insight/exposure.js";
export { extractable } from "../insight/extractable.js";
export type { Extractable, ExtractableOptions, ExtractedFrom } from "../insight/extracted.js";
export { type GapOptions, type LossGap, lossGap, type Scored } from "../insight/gap.js";
export type { Explained, Saliency, SaliencyOptions } from "../insight/gradients.js";
export { type Influence, type InfluenceOptions, influence } from "../insight/influence.js";
export type { InsightInput, PairInput, ReadText, TextInput } from "../insight/input.js";
export type { AnyModel } from "../insight/inside.js";
export type { Interval } from "../insight/intervals.js";
export {
  type Lens,
  type LensLayer,
  type LensOptions,
  type Likely,
  logitLens,
} from "../insight/lens.js";
export type { Probe, ProbeOptions } from "../insight/logistic.js";
export {
  type Likeness,
  type NearestTraining,
  type NearestTrainingOptions,
  nearestTraining,
} from "../insight/nearest-training.js";
export {
  type AblateOptions,
  type Ablation,
  ablate,
  type Excited,
  type Neuron,
  type NeuronOptions,
  neurons,
} from "../insight/neurons.js";
export {
  type DenoisingOptions,
  denoisingPath,
  type Traversal,
  type TraverseOptions,
  traverse,
} from "../insight/pictures.js";
export { probe } from "../insight/probe.js";
export {
  type Loads,
  type ReproduceOptions,
  type Reproducible,
  type Reproduction,
  reproduce,
} from "../insight/reproduce.js";
export { saliency } from "../insight/saliency.js";
export {
  type Activation,
  type Patch,
  type Patches,
  patch,
  type Trace,
  type TraceOptions,
  trace,
} from "../insight/trace.js";
