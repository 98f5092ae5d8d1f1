/// <reference lib="esnext.disposable" preserve="true" />
// Models off the caller's thread: `simdream/worker`.

import { Connection } from "../remote/connection.js";
import { remoteClass } from "../remote/remote.js";
import type { RemoteClass } from "../remote/types.js";
import {
  type Autoencoder,
  type Classifier,
  type Diffusion,
  type FramePredictor,
  type GAN,
  type GridModel,
  type ImageTextPair,
  InvalidInputError,
  type LanguageModel,
  load,
  type Runtime,
  type Seq2Seq,
  type VAE,
} from "./index.js";
import type { StyleTransfer } from "./style.js";

export type {
  RemoteClass,
  RemoteFitOptions,
  RemoteGenerateOptions,
  RemoteLanguageModel,
  RemoteModel,
} from "../remote/types.js";

/**
 * A worker with models in it. An idle one keeps no process alive. Where it dies, all that wait for it
 * are told by a SimdreamError, and its models are gone.
 */
export class ModelWorker {
  /** `create` and `load` as the classes have them, without the runtime; they throw the same. */
  readonly LanguageModel: RemoteClass<typeof LanguageModel>;
  readonly Seq2Seq: RemoteClass<typeof Seq2Seq>;
  readonly VAE: RemoteClass<typeof VAE>;
  readonly Autoencoder: RemoteClass<typeof Autoencoder>;
  readonly Classifier: RemoteClass<typeof Classifier>;
  readonly GAN: RemoteClass<typeof GAN>;
  readonly Diffusion: RemoteClass<typeof Diffusion>;
  readonly ImageTextPair: RemoteClass<typeof ImageTextPair>;
  readonly FramePredictor: RemoteClass<typeof FramePredictor>;
  readonly StyleTransfer: RemoteClass<typeof StyleTransfer>;
  readonly GridModel: RemoteClass<typeof GridModel>;
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.LanguageModel = remoteClass(connection, "LanguageModel");
    this.Seq2Seq = remoteClass(connection, "Seq2Seq");
    this.VAE = remoteClass(connection, "VAE", true);
    this.Autoencoder = remoteClass(connection, "Autoencoder", true);
    this.Classifier = remoteClass(connection, "Classifier", true);
    this.GAN = remoteClass(connection, "GAN", true);
    this.Diffusion = remoteClass(connection, "Diffusion", true);
    this.ImageTextPair = remoteClass(connection, "ImageTextPair", true);
    this.FramePredictor = remoteClass(connection, "FramePredictor", true);
    this.StyleTransfer = remoteClass(connection, "StyleTransfer", true);
    this.GridModel = remoteClass(connection, "GridModel");
  }

  /** Whether the worker has been closed or has died. */
  get closed(): boolean {
    return this.#connection.ended;
  }

  /** Ends the worker and with it its models. What still waits for it is refused. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** `await using` closes the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts a worker for models: a Web Worker, or a thread of node:worker_threads.
 *
 * ```ts
 * await using worker = await startWorker();
 * const model = await worker.LanguageModel.create({ corpus: text, hidden: 256, seed: 1 });
 * for await (const step of model.fit(text, { steps: 2000 })) console.log(step.step, step.loss);
 * for await (const { text } of model.stream({ prompt: "The" })) show(text);
 * ```
 *
 * @param runtime The kernels that it uses and how it is started; what `await load()` gives by default.
 *   `runtime.withWorkers(factory)` starts it from a file, `simdream/worker-script`.
 * @throws InvalidInputError where the runtime has no workers; SimdreamError where it does not start
 */
export async function startWorker(runtime?: Runtime | Promise<Runtime>): Promise<ModelWorker> {
  const given = (await runtime) ?? (await load());
  if (typeof given.startWorker === "function") return new ModelWorker(await Connection.open(given));
  throw new InvalidInputError("startWorker needs what load() gives, or nothing");
}
