// simdream/serve: a model behind HTTP, for every runtime that has fetch handlers.

export { createHandler, type Handler } from "../serve/handler.js";
export type { ServedLanguageModel, ServedModel, ServedSeq2Seq } from "../serve/model.js";
export type { HandlerOptions } from "../serve/options.js";
