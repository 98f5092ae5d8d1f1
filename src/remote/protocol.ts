// What the two sides of a worker say to each other. Models and running iterations stay in the worker
// and go by number.

import type { TrainingRecord } from "../formats/model-file.js";
import type { LanguageModelConfig, LanguageModelOptions } from "../models/language/config.js";
import type { TokenizerJSON } from "../text/tokenizer.js";
import type { ShardWorker } from "../train/parallel/shard-worker.js";
import type { RunProgress } from "../train/progress.js";

/** What changes of a model while it is trained. */
export interface ModelState {
  readonly record: TrainingRecord;
  readonly run: RunProgress | undefined;
}

/** A model in the worker, as the other side shows it. */
export interface ModelDescription extends ModelState {
  readonly id: number;
  readonly config: LanguageModelConfig;
  readonly tokenizer: TokenizerJSON;
  readonly parameters: number;
  readonly quantized: boolean;
}

/** Verbs that answer once. */
export type Call = "generate" | "score" | "save" | "fingerprint";
/** Verbs that answer piece by piece; their last argument is their options. */
export type Iteration = "fit" | "stream";

/** What an iteration throws in the worker where its signal was aborted on the other side. */
export const ABORTED = "simdream: aborted";

/** One piece of an iteration; of a training, also where the model stands now. */
interface Piece {
  readonly done: boolean;
  readonly value: unknown;
  readonly state?: ModelState;
}

/** Models in a worker. */
export interface ModelService {
  /** `tokenizer` stands for a tokenizer in the options, which cannot be sent itself. */
  create(options: LanguageModelOptions, tokenizer?: TokenizerJSON): ModelDescription;
  load(bytes: Uint8Array, options?: object, tokenizer?: TokenizerJSON): ModelDescription;
  quantize(id: number): ModelDescription;
  call(id: number, verb: Call, args: readonly unknown[]): unknown;
  /** Begins an iteration and gives its number; nothing is computed yet. */
  begin(id: number, verb: Iteration, args: readonly unknown[], abortable: boolean): number;
  next(iteration: number): Promise<Piece>;
  abort(iteration: number): void;
  /** Ends an iteration wherever it is, and tells where the model stands. */
  end(iteration: number): Promise<ModelState>;
  /** Nobody has the model any more. */
  release(id: number): void;
}

/** All that a worker offers; everything but `open` only when it has been opened. */
export interface WorkerService extends ShardWorker, ModelService {}

/** The same as the other side has it: every answer is a promise. */
export type RemoteService = {
  readonly [Name in keyof WorkerService]: (
    ...args: Parameters<WorkerService[Name]>
  ) => Promise<Awaited<ReturnType<WorkerService[Name]>>>;
};
