// simdream/serve: a model over HTTP, for every runtime that has fetch handlers.

export { createHandler, type Handler } from "../serve/handler.js";
export type { ServedModel } from "../serve/model.js";
export type { HandlerOptions } from "../serve/options.js";
export type { ServedPictureModel } from "../serve/picture-model.js";
export type { ServedLanguageModel, ServedSeq2Seq } from "../serve/text-model.js";
