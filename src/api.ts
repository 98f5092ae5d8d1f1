// The public names of simdream, but for `load`: how the kernels are found is each entry's own.

export type { Conversation } from "./data/conversations.js";
export { type ChannelMask, GridSet } from "./data/grids/grid-set.js";
export type { Grid, GridParts, TilePictures } from "./data/grids/parts.js";
export type {
  GridPicture,
  GridPNGOptions,
  PaletteOptions,
  TileAtlas,
  TileOptions,
} from "./data/grids/pictures.js";
export type { LevelFile, LevelOptions, LevelText } from "./data/grids/text.js";
export type { AnimationOptions } from "./data/images/animated.js";
export type { ClipOptions, PictureOptions } from "./data/images/assemble.js";
export type { Augmentation } from "./data/images/batches.js";
export { type Captions, type CaptionsGiven, readCaptions } from "./data/images/captions.js";
export type { ClipFile, ClipOfFrames, SheetOptions } from "./data/images/clips.js";
export type { ImageMode, ImageSize } from "./data/images/colours.js";
export type { GridOptions } from "./data/images/grid.js";
export { ImageSet } from "./data/images/image-set.js";
export type {
  Channels,
  ImageLabel,
  ImageParts,
  LabelRow,
  SkippedPicture,
} from "./data/images/parts.js";
export { decodePNG, encodePNG } from "./data/images/png.js";
export type {
  AtlasOptions,
  IDXOptions,
  Picture,
  PictureFile,
  Pixels,
} from "./data/images/read.js";
export type { LabelField, LabelKind, LabelledDocument, Labels } from "./data/labels.js";
export {
  type PairProblem,
  type PairText,
  type PairTextOptions,
  readPairs,
} from "./data/pair-text.js";
export type { NoiseOptions, Pair } from "./data/pairs.js";
export type { Batch } from "./data/texts.js";
export {
  type GivenOptions,
  modelKind,
  type RunChange,
  type RunRecord,
  type TrainingRecord,
} from "./formats/model-file.js";
export type { PNGPicture } from "./formats/png/picture.js";
export { type RuntimeOption, setDefaultRuntime } from "./host/default-runtime.js";
export {
  DivergedError,
  GrammarError,
  InvalidInputError,
  ModelFileError,
  NotFiniteError,
  OutOfMemoryError,
  RefusedError,
  SimdreamError,
} from "./host/errors.js";
export type { FurtherSource } from "./host/further.js";
export type { ModuleSource, Runtime } from "./host/runtime.js";
export { numerics, version } from "./host/version.js";
export type { WorkerFactory, WorkerThread } from "./host/workers.js";
export { exactMatch, tokenAccuracy } from "./metrics/accuracy.js";
export { type BleuOptions, type BleuScore, bleu } from "./metrics/bleu.js";
export { type ChrFOptions, type ChrFScore, chrF } from "./metrics/chrf.js";
export {
  type PrincipalComponents,
  principalComponents,
  projectRows,
} from "./metrics/components.js";
export { type ClassCoverage, classCoverage } from "./metrics/coverage.js";
export { decibelGain, meanSquaredError, type PixelNumbers, psnr } from "./metrics/decibels.js";
export { frechetDistance } from "./metrics/frechet.js";
export { kernelDistance } from "./metrics/kernel-distance.js";
export { type Nearest, nearestNeighbours, neighbourClasses } from "./metrics/neighbours.js";
export { type PrecisionRecall, precisionRecall } from "./metrics/precision-recall.js";
export type { FeatureRows, JoinedRows } from "./metrics/rows.js";
export type { References } from "./metrics/segments.js";
export type { WordCut } from "./metrics/words.js";
export type { AdaptOptions } from "./models/base/adaptable.js";
export type { LoraOptions, PeftConfig } from "./models/base/adapter-config.js";
export type { Adapter, LoadAdapterOptions } from "./models/base/adapters.js";
export type { QuantizeOptions } from "./models/base/model.js";
export type {
  GridModelConfig,
  GridModelOptions,
} from "./models/grids/config.js";
export type { GridDataOptions, GridFitOptions } from "./models/grids/data.js";
export type { GeneratedGrids, GridGenerateOptions, Playable } from "./models/grids/generate.js";
export { GridModel } from "./models/grids/grid-model.js";
export type { GridNetworkKind, GridSizes } from "./models/grids/networks.js";
export type { GridOrder } from "./models/grids/path.js";
export type {
  AdjacentRule,
  AreaRule,
  BorderRule,
  GridRules,
  RuleSymbols,
} from "./models/grids/rules.js";
export type { GridScore } from "./models/grids/score.js";
export {
  Autoencoder,
  type AutoencoderScore,
} from "./models/images/autoencoder.js";
export type { AutoencoderConfig, AutoencoderOptions } from "./models/images/autoencoder-config.js";
export type { AutoencoderFitOptions } from "./models/images/autoencoder-training.js";
export type { BodyOptions } from "./models/images/body-config.js";
export {
  type Classification,
  Classifier,
  type ClassifierScore,
} from "./models/images/classifier.js";
export type { ClassifierConfig, ClassifierOptions } from "./models/images/classifier-config.js";
export type { ClassifierFitOptions } from "./models/images/classifier-training.js";
export type { LabelColumn, PictureLabels } from "./models/images/conditions.js";
export type { CorruptOptions } from "./models/images/corrupt.js";
export { Diffusion, type DiffusionFitOptions } from "./models/images/diffusion.js";
export type { DiffusionConfig, DiffusionOptions } from "./models/images/diffusion-config.js";
export type { PictureMasks } from "./models/images/diffusion-inpaint.js";
export type { Emerging } from "./models/images/diffusion-maker.js";
export type {
  DiffusionGenerateOptions,
  DiffusionStreamOptions,
  InpaintOptions,
  InterpolateSeedsOptions,
  VaryOptions,
} from "./models/images/diffusion-options.js";
export type {
  DiffusionObjective,
  DiffusionPrediction,
  NoiseSchedule,
} from "./models/images/diffusion-process.js";
export type { DiffusionSampler } from "./models/images/diffusion-samplers.js";
export type { DiffusionScore, DiffusionScoreOptions } from "./models/images/diffusion-score.js";
export type { FeatureKind, PictureFeatures } from "./models/images/feature-kinds.js";
export {
  type FeatureOptions,
  type FeatureStore,
  pictureFeatures,
} from "./models/images/features.js";
export { GAN, type GANGenerateOptions } from "./models/images/gan.js";
export type { GANConfig, GANOptions } from "./models/images/gan-config.js";
export type { GANObjective } from "./models/images/gan-objective.js";
export type { GANScore, GANScoreOptions } from "./models/images/gan-score.js";
export type { GANFitOptions } from "./models/images/gan-training.js";
export type { ImageTextConfig, ImageTextOptions } from "./models/images/image-text-config.js";
export {
  type FoundPicture,
  ImageTextPair,
  type SearchOptions,
  type TextMatch,
  type TextReadingOptions,
} from "./models/images/image-text-pair.js";
export type { ImageTextScore, ImageTextScoreOptions } from "./models/images/image-text-score.js";
export type { ImageTextFitOptions } from "./models/images/image-text-training.js";
export type { InterpolateOptions } from "./models/images/interpolate.js";
export type { Encoded } from "./models/images/latents.js";
export { Made } from "./models/images/made.js";
export {
  comparePictures,
  type MeasureOptions,
  measurePictures,
  type PictureMeasures,
} from "./models/images/measures.js";
export type { PictureData } from "./models/images/rows.js";
export { VAE, type VAEGenerateOptions } from "./models/images/vae.js";
export type { VAEConfig, VAEOptions } from "./models/images/vae-config.js";
export type { VAEScore, VAEScoreOptions } from "./models/images/vae-score.js";
export type { VAEFitOptions } from "./models/images/vae-training.js";
export type { LanguageModelConfig, LanguageModelOptions } from "./models/language/config.js";
export {
  type Attention,
  type LanguageFitOptions,
  LanguageModel,
} from "./models/language/language-model.js";
export type { Score, ScoreOptions } from "./models/language/score.js";
export type { Seq2SeqConfig, Seq2SeqOptions } from "./models/seq2seq/config.js";
export {
  type Alignment,
  type AnswerOptions,
  type PairScore,
  type PairScoreOptions,
  type PairStepReport,
  Seq2Seq,
  type Seq2SeqFitOptions,
} from "./models/seq2seq/seq2seq.js";
export {
  type ContinueOptions,
  FramePredictor,
  type FramePredictorScore,
} from "./models/video/frame-predictor.js";
export type {
  FrameLoss,
  FramePredictorConfig,
  FramePredictorOptions,
  FrameSizes,
  FramesBody,
} from "./models/video/frames-config.js";
export type { FramePredictorFitOptions } from "./models/video/frames-training.js";
export type { FinishReason } from "./sampling/finish.js";
export type { Generation, Sample } from "./sampling/generate.js";
export type { Candidate, GenerateOptions, MaskContext } from "./sampling/options.js";
export type { TextGrammar } from "./sampling/rules.js";
export type { Chunk, TokenLogprob } from "./sampling/sampler.js";
export type { LearningProgress } from "./text/bpe-learning.js";
export type { ChatMessage } from "./text/chat-message.js";
export { type CleanOptions, cleanText } from "./text/clean.js";
export { createTokenizer, readTokenizer, tokenizerFromJSON } from "./text/create.js";
export { type LearnOptions, learnTokenizer } from "./text/learn.js";
export type { TokenizerOptions } from "./text/make.js";
export type { Tokenizer, TokenizerJSON } from "./text/tokenizer.js";
export { decodeUtf8 } from "./text/utf8.js";
export type { Guarded, GuardOptions } from "./train/guard-options.js";
export type { RoundOptions, TrainingOptions } from "./train/options.js";
export { WorkerPool, type WorkerPoolOptions } from "./train/parallel/worker-pool.js";
export type {
  PhaseReport,
  RunProgress,
  StepReport,
  TextStepReport,
  TrainingWarning,
} from "./train/progress.js";
export type {
  RoundReply,
  RoundTask,
  ShardReply,
  ShardRunner,
  ShardTask,
} from "./train/shard-runner.js";
export { Training } from "./train/training.js";
