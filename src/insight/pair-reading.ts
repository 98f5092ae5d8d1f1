// What reads pairs, imported where an encoder-decoder is looked into.

export { pad } from "../data/pairs.js";
export { encodePairs } from "../models/seq2seq/encode-pairs.js";
