// simdream/grammar: what a generated text may be.

export type { Grammar } from "../sampling/grammar/grammar.js";
export { gbnf, jsonSchema, regex } from "../sampling/grammar/make.js";
