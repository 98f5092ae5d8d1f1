// A language model that lives in a worker, under the names that it has in this thread.

import { transfer } from "comlink";
import {
  type Chunk,
  type GenerateOptions,
  type Generation,
  type LanguageFitOptions,
  type LanguageModelConfig,
  type LanguageModelOptions,
  type RunProgress,
  type Score,
  type ScoreOptions,
  type StepReport,
  type Tokenizer,
  type TrainingRecord,
  tokenizerFromJSON,
} from "../api.js";
import type { Connection } from "./connection.js";
import { sendable, withoutTokenizer } from "./options.js";
import { ABORTED, type Call, type Iteration, type ModelDescription } from "./protocol.js";

/** Options of `RemoteLanguageModel.fit`: those of `LanguageModel.fit`, with workers as a number only. */
export interface RemoteFitOptions extends LanguageFitOptions {
  readonly workers?: number;
}

/** Options of `generate` and `stream` in a worker: those of `LanguageModel`, without `mask`. */
export type RemoteGenerateOptions = Omit<GenerateOptions, "mask">;

/** Models that nobody has any more are let go of in the worker, too. */
const forgotten = new FinalizationRegistry<{ connection: Connection; id: number }>(
  ({ connection, id }) => {
    if (!connection.ended) connection.ask((remote) => remote.release(id)).catch(() => {});
  },
);

/**
 * A `LanguageModel` in a worker: the same verbs, as promises, and the same bits. Text and options are
 * copied to the worker, a saved file is moved out of it.
 */
export class RemoteLanguageModel {
  readonly config: LanguageModelConfig;
  readonly tokenizer: Tokenizer;
  /** Number of parameters. */
  readonly parameters: number;
  /** Whether the weights have 8 bits. */
  readonly quantized: boolean;
  readonly #connection: Connection;
  readonly #id: number;
  #record: TrainingRecord;
  #run: RunProgress | undefined;

  private constructor(connection: Connection, description: ModelDescription) {
    this.#connection = connection;
    this.#id = description.id;
    this.config = description.config;
    this.tokenizer = tokenizerFromJSON(description.tokenizer);
    this.parameters = description.parameters;
    this.quantized = description.quantized;
    this.#record = description.record;
    this.#run = description.run;
    forgotten.register(this, { connection, id: description.id });
  }

  /** @internal */
  static async create(
    connection: Connection,
    options: LanguageModelOptions,
  ): Promise<RemoteLanguageModel> {
    const { rest, tokenizer } = withoutTokenizer(options);
    const sent = sendable("LanguageModel.create", rest).rest as LanguageModelOptions;
    const made = await connection.ask((remote) => remote.create(sent, tokenizer));
    return new RemoteLanguageModel(connection, made);
  }

  /** @internal */
  static async load(
    connection: Connection,
    bytes: Uint8Array,
    options?: { readonly tokenizer?: Tokenizer },
  ): Promise<RemoteLanguageModel> {
    const { rest, tokenizer } = withoutTokenizer(options);
    const sent = sendable("LanguageModel.load", rest).rest as object | undefined;
    // A copy, which is then moved: the caller keeps the bytes, and no larger buffer around them goes.
    const own = bytes instanceof Uint8Array ? Uint8Array.from(bytes) : bytes;
    const moved = own instanceof Uint8Array ? transfer(own, [own.buffer]) : own;
    const made = await connection.ask((remote) => remote.load(moved, sent, tokenizer));
    return new RemoteLanguageModel(connection, made);
  }

  /** What the model has been trained on so far, as of the worker's last answer. */
  get record(): TrainingRecord {
    return this.#record;
  }

  /** The run in progress or just ended, as of the worker's last answer. */
  get run(): RunProgress | undefined {
    return this.#run;
  }

  /** As `LanguageModel.fingerprint`. */
  async fingerprint(): Promise<string> {
    return (await this.#call("fingerprint")) as string;
  }

  /** As `LanguageModel.quantize`; the copy is in the same worker. */
  async quantize(): Promise<RemoteLanguageModel> {
    if (this.quantized) return this;
    const copy = await this.#connection.ask((remote) => remote.quantize(this.#id));
    return new RemoteLanguageModel(this.#connection, copy);
  }

  /**
   * As `LanguageModel.fit`: the worker takes a step whenever the next report is asked for, so a loop
   * that is left has the model exactly at the last report.
   * @throws InvalidInputError, DivergedError, or the signal's reason
   */
  fit(
    data: string | readonly string[],
    options?: RemoteFitOptions,
  ): AsyncGenerator<StepReport, void, void> {
    return this.#iterate<StepReport>("fit", [data], options);
  }

  /**
   * As `LanguageModel.generate`, without `mask`. The signal ends the wait for it, not the work.
   * @throws InvalidInputError, or the signal's reason
   */
  async generate(options?: RemoteGenerateOptions): Promise<Generation> {
    const { rest, signal } = sendable("generate", options);
    return (await this.#call("generate", [rest], signal)) as Generation;
  }

  /** As `LanguageModel.stream`, without `mask`. @throws InvalidInputError, or the signal's reason */
  stream(options?: RemoteGenerateOptions): AsyncGenerator<Chunk, void, void> {
    return this.#iterate<Chunk>("stream", [], options);
  }

  /** As `LanguageModel.score`. @throws InvalidInputError */
  async score(data: string | readonly string[], options?: ScoreOptions): Promise<Score> {
    return (await this.#call("score", [data, options])) as Score;
  }

  /** As `LanguageModel.save`. */
  async save(options?: { readonly training?: boolean }): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#call("save", [options])) as Uint8Array<ArrayBuffer>;
  }

  #call(verb: Call, args: readonly unknown[] = [], signal?: AbortSignal): Promise<unknown> {
    return this.#connection.ask((remote) => remote.call(this.#id, verb, args), signal);
  }

  async *#iterate<Value>(
    verb: Iteration,
    data: readonly unknown[],
    options: object | undefined,
  ): AsyncGenerator<Value, void, void> {
    const connection = this.#connection;
    const { rest, signal } = sendable(verb, options);
    const args = [...data, rest];
    const iteration = await connection.ask((remote) =>
      remote.begin(this.#id, verb, args, signal !== undefined),
    );
    const abort = () => {
      if (!connection.ended) connection.ask((remote) => remote.abort(iteration)).catch(() => {});
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    try {
      for (;;) {
        const { done, value, state } = await connection.ask((remote) => remote.next(iteration));
        if (state) this.#adopt(state);
        if (done) return;
        yield value as Value;
      }
    } catch (error) {
      throw error === ABORTED ? signal!.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      if (!connection.ended) this.#adopt(await connection.ask((remote) => remote.end(iteration)));
    }
  }

  #adopt({ record, run }: Pick<ModelDescription, "record" | "run">): void {
    this.#record = record;
    this.#run = run;
  }
}
