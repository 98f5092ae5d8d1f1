// A language model's line in a dialogue: the first that says something. Texts are full of empty lines, and a
// stop string would end the answer at the first of them.

import type { Chunk, TokenLogprob } from "../api.js";
import { confidenceOf } from "./confidence.js";

/** A sample's line on its way. */
class Line {
  /** Whether a token, and whether a character, of the line has come: characters may come later. */
  #begun = false;
  #spoken = false;
  readonly #tokens: TokenLogprob[] = [];

  /** What of a chunk belongs to the line; its end where the line ends. */
  add(chunk: Chunk): Chunk {
    const { logprob, ...rest } = chunk;
    this.#begun ||= logprob !== undefined && logprob.text.trim() !== "";
    const kept = this.#begun ? logprob : undefined;
    if (kept) this.#tokens.push(kept);
    const said = this.#spoken ? chunk.text : chunk.text.trimStart();
    this.#spoken ||= said !== "";
    const at = said.search(/[\r\n]/);
    const text = at < 0 ? said : said.slice(0, at);
    const piece = { ...rest, text, ...(kept && { logprob: kept }) };
    if (at < 0 && !chunk.finish) return piece;
    const confidence = logprob && confidenceOf(this.#tokens);
    return { ...piece, finish: at < 0 ? chunk.finish! : "stop", ...(logprob && { confidence }) };
  }
}

/** The first line of each of `count` samples that is not blank. */
export async function* firstLines(
  chunks: AsyncIterable<Chunk>,
  count: number,
): AsyncGenerator<Chunk, void, void> {
  const lines = Array.from({ length: count }, () => new Line());
  const ended = new Set<number>();
  for await (const chunk of chunks) {
    if (ended.has(chunk.sample)) continue;
    const piece = lines[chunk.sample].add(chunk);
    if (piece.finish) ended.add(chunk.sample);
    yield piece;
    if (ended.size === count) return;
  }
}
