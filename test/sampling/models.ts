// The models that the tests of sampling draw from, one for each kind of token.

import { names, text } from "../models/help.js";
import { trained } from "./help.js";

const mixed = `${"今天下雨，明天天晴。雨天看书，晴天爬山。😀👍🏽 rain, sun; rain, sun.\n".repeat(20)}`;

export const char = await trained(text);
export const V = char.tokenizer.size;
export const documents = await trained(names);
export const byte = await trained(mixed, { tokenizer: "byte" }, 200);
export const bpe = await trained(mixed, { tokenizer: "bpe", vocab: 290 });
export const signs = await trained(mixed, {}, 120);
const models = { char, documents, byte, bpe, signs };
export const every = Object.entries(models);
