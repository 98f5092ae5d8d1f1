// The public names of simdream/nn.

export type { Key } from "../host/key.js";
export type { OwnDataOptions } from "../models/own/data.js";
export {
  type Copied,
  defineModel,
  type ModelDefinition,
  type OwnFitOptions,
  type OwnModel,
  type OwnOptions,
  type OwnScore,
} from "../models/own/define.js";
export type {
  Config,
  LossContext,
  LossParts,
  ModelRecipe,
  Network,
  Setting,
  Settings,
} from "../models/own/recipe.js";
export { constant, normal, uniform } from "../nn/init.js";
export { BatchNorm2d, BatchStatistics } from "../nn/layers/batch-norm.js";
export { ConvLSTMCell, type ConvLSTMConfig } from "../nn/layers/conv-lstm.js";
export { Conv2d, ConvTranspose2d, DepthwiseConv2d } from "../nn/layers/convolution.js";
export { Embedding } from "../nn/layers/embedding.js";
export { EmbeddingBag } from "../nn/layers/embedding-bag.js";
export { GroupNorm } from "../nn/layers/group-norm.js";
export { Linear, type LinearOptions } from "../nn/layers/linear.js";
export { LSTM, type LSTMConfig } from "../nn/layers/lstm.js";
export { Norm, type NormOptions } from "../nn/layers/norm.js";
export {
  type Attend,
  SelfAttention,
  type SelfAttentionOptions,
} from "../nn/layers/self-attention.js";
export { leakyRelu, softplus } from "../nn/ops/activations.js";
export { columns, concat, stack, unstack } from "../nn/ops/concat.js";
export {
  conv2d,
  convTranspose2d,
  depthwiseConv2d,
  type TransposedOptions,
} from "../nn/ops/convolution.js";
export type { ConvolutionOptions } from "../nn/ops/convolution-sizes.js";
export { logSoftmax, softmax } from "../nn/ops/cross-entropy.js";
export { dropout } from "../nn/ops/dropout.js";
export {
  add,
  cos,
  div,
  exp,
  log,
  mul,
  relu,
  scale,
  sigmoid,
  sin,
  sub,
  tanh,
} from "../nn/ops/elementwise.js";
export { embedding as gather } from "../nn/ops/embedding.js";
export { binaryCrossEntropy, crossEntropy, mse } from "../nn/ops/example-losses.js";
export { gated, gelu, silu } from "../nn/ops/gated.js";
export { linear } from "../nn/ops/linear.js";
export { matmul } from "../nn/ops/matmul.js";
export { type AttentionOptions, attention } from "../nn/ops/multi-head-attention.js";
export { gaussianNoise, reparameterize, uniformNoise } from "../nn/ops/noise.js";
export { layerNorm, rmsNorm } from "../nn/ops/norm.js";
export { gaussianKl, gaussianNll } from "../nn/ops/pixel-losses.js";
export { avgPool2d, maxPool2d, type PoolOptions } from "../nn/ops/pool.js";
export type { Matrix } from "../nn/ops/quantized.js";
export { mean, sum } from "../nn/ops/reduce.js";
export { resize2d } from "../nn/ops/resize.js";
export { rotary, rotaryFrequencies, rotaryTable } from "../nn/ops/rotary.js";
export { logSumExp, repeatFirst, repeatLast, scatter, sumFirst, sumLast } from "../nn/ops/rows.js";
export { addToPixels } from "../nn/ops/vectors.js";
export type { Initializer, Scope } from "../nn/parameters.js";
export type { Tape } from "../nn/tape.js";
export type { Indices, Tensor } from "../nn/tensor.js";
export type { StepReport } from "../train/progress.js";
export type { Phase, Statistics } from "../train/trainable.js";
export type { Training } from "../train/training.js";
