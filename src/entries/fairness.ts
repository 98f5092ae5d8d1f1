// simdream/fairness: whom a model treats how, and what can be done about it.

export {
  type Acceptor,
  acceptor,
  type Balance,
  drawLabels,
  groupWeights,
  type Kept,
  keepTo,
  type ResampleOptions,
  resample,
  type WeightOptions,
} from "../fairness/balance.js";
export type { Labelled, LabelRow } from "../fairness/cells.js";
export {
  type ClassQuality,
  classQuality,
  type Gap,
  type Judged,
  type Quality,
  type QualityReport,
  type Translated,
  type TranslationReport,
  translationQuality,
} from "../fairness/quality.js";
export {
  type Distribution,
  type DistributionOptions,
  distribution,
  type GroupDifferences,
  groupDifferences,
  type Share,
  type ValueByGroup,
  type ValueShare,
} from "../fairness/shares.js";
export {
  type AttributeSpec,
  type AuditSpec,
  checkFairnessSpec,
  type DistributionSpec,
  type FairnessSpec,
  type ListOrFile,
  type PairsSpec,
  type QualitySpec,
  type SubstitutionSpec,
  type TemplatesSpec,
} from "../fairness/spec.js";
export type { Target } from "../fairness/targets.js";
export {
  compareVariants,
  correlation,
  counterfactualItems,
  fillTemplate,
  logProbability,
  type TemplateSlots,
  type TextItem,
  type TextScorer,
  type VariantOptions,
  type VariantPair,
  type VariantReport,
} from "../fairness/variants.js";
export {
  type Augmented,
  augmentCounterfactually,
  type Counterfactual,
  counterfactuals,
  type GroupWords,
  groupOfText,
  substituteWords,
  type TextReader,
  textReader,
} from "../fairness/words.js";
export { binomialInterval, binomialTest, type Interval } from "../metrics/binomial.js";
