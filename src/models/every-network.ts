// All models by name, and so all networks: for a worker, which is told names only. Everything else reaches
// a network through the class that uses it, so a page that imports one model does not pay for another.

import type { RuntimeOption } from "../host/default-runtime.js";
import type { NetworkBuilder, NetworkDescription } from "../train/trainable.js";
import { GridModel } from "./grids/grid-model.js";
import { Autoencoder } from "./images/autoencoder.js";
import { Classifier } from "./images/classifier.js";
import { Diffusion } from "./images/diffusion.js";
import { GAN } from "./images/gan.js";
import { ImageTextPair } from "./images/image-text-pair.js";
import { VAE } from "./images/vae.js";
import { LanguageModel } from "./language/language-model.js";
import { Seq2Seq } from "./seq2seq/seq2seq.js";
import { StyleTransfer } from "./style/style-transfer.js";
import { FramePredictor } from "./video/frame-predictor.js";

/** How models of one class come to be, and their networks. */
export interface ModelClass {
  create(options: RuntimeOption): Promise<object>;
  load(bytes: Uint8Array, options?: RuntimeOption): Promise<object>;
  /** What builds the network that a description is of. */
  builder(description: NetworkDescription): NetworkBuilder | Promise<NetworkBuilder>;
}

/** A new class adds a line here. */
export const everyModel: Readonly<Record<string, ModelClass>> = {
  LanguageModel,
  Seq2Seq,
  VAE,
  Autoencoder,
  Classifier,
  GAN,
  Diffusion,
  ImageTextPair,
  FramePredictor,
  StyleTransfer,
  GridModel,
};
