// The public names of simdream/insight.

export type { InsightInput, PairInput, ReadText, TextInput } from "../insight/input.js";
export type { AnyModel } from "../insight/inside.js";
export {
  type Activation,
  type Patch,
  type Patches,
  patch,
  type Trace,
  type TraceOptions,
  trace,
} from "../insight/trace.js";
export {
  type Loads,
  type Reproducible,
  type ReproduceOptions,
  type Reproduction,
  reproduce,
} from "../insight/reproduce.js";
