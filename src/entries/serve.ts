// simdream/serve: a model behind HTTP, for every runtime that has fetch handlers.

export type { ServedModel } from "../serve/generation.js";
export { createHandler, type Handler } from "../serve/handler.js";
export type { HandlerOptions } from "../serve/options.js";
