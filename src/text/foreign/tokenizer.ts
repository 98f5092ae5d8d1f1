// Tokenizers of pretrained models: what a `tokenizer.json` of Hugging Face describes.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { joined } from "../../host/joined.js";
import { checkToken, checkTokens } from "../specials.js";
import type { Markers, Tokenizer } from "../tokenizer.js";
import { checkText, codePoint, lenientDecoder, place, wholeText } from "../utf8.js";
import { type AddedToken, AddedTokens, addedTokensOf } from "./added-tokens.js";
import { type Decoder, decoderOf } from "./decoder.js";
import { type Framing, framingOf } from "./framing.js";
import type { HuggingFaceJSON } from "./json.js";
import { normalizerOf } from "./normalizer.js";
import { checkBoolean, checkList, checkString } from "./sections.js";
import { type Splitter, splitterOf } from "./splitter.js";
import { MOST_TOKENS, Vocabulary } from "./vocabulary.js";

const MARK = "▁";
const LONGEST_TEMPLATE = 2 ** 18;
const MOST_ENDS = 64;

/** The finders of added tokens: in a text as it is, then in the normalized text. */
type Finders = readonly [AddedTokens, AddedTokens];

/** A tokenizer of Hugging Face: byte-pair encoding over bytes, or as SentencePiece does it. */
export class HuggingFaceTokenizer implements Tokenizer {
  readonly kind = "hugging-face";
  readonly size: number;
  /** The token that begins a text, if there is one. */
  readonly bos?: number;
  /** Tokens that end a text. */
  readonly eos: readonly number[];
  /** Tokens that the tokenizer's own program puts before and after every text. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** How a conversation is written as a text: a template of Jinja. */
  readonly chatTemplate?: string;

  readonly #json: HuggingFaceJSON;
  readonly #added: ReadonlyMap<number, AddedToken>;
  readonly #ids: ReadonlyMap<string, number>;
  /** Those that users' texts may spell, and all. */
  readonly #plain: Finders;
  readonly #all: Finders;
  readonly #normalize: (text: string) => string;
  readonly #splitter: Splitter;
  readonly #vocabulary: Vocabulary;
  readonly #cuts: boolean;
  readonly #decoder: Decoder;
  /** Bytes and texts of tokens; filled as they are asked for. */
  readonly #bytes: Uint8Array[] = [];
  readonly #texts = new Map<number, string | undefined>();

  /** @throws InvalidInputError for what is damaged, hostile or not supported, by its name */
  constructor(json: HuggingFaceJSON) {
    const tokens = checkList("tokens", json.tokens, MOST_TOKENS);
    const size = { integer: true, min: Math.max(1, tokens.length), max: MOST_TOKENS };
    this.size = checkNumber("size", json.size, size);
    const added = addedTokensOf(json.added_tokens, this.size);
    this.#added = new Map(added.map((token) => [token.id, token]));
    if (this.#added.size < added.length) {
      throw new InvalidInputError("two of the added_tokens have one id");
    }
    const special = added.filter((token) => token.special);
    this.#ids = new Map(special.map(({ content, id }) => [content, id]));
    this.#normalize = normalizerOf(json.normalizer);
    const plain = added.filter((token) => !token.special);
    this.#plain = this.#finders(plain);
    this.#all = special.length > 0 ? this.#finders(added) : this.#plain;
    this.#splitter = splitterOf(json.pre_tokenizer);
    const flags = {
      byte_fallback: checkBoolean("byte_fallback", json.byte_fallback, false),
      ignore_merges: checkBoolean("ignore_merges", json.ignore_merges, false),
    };
    const { bytes } = this.#splitter;
    const own = new Set(special.map(({ id }) => id));
    this.#vocabulary = new Vocabulary({ ...json, ...flags }, own, bytes);
    this.#cuts = !bytes && this.#vocabulary.cutsBefore(MARK);
    this.#decoder = decoderOf(json.decoder);
    const framing: Framing = framingOf(json.post_processor, this.size);
    this.before = framing.before;
    this.after = framing.after;
    const id = (name: string, value: unknown) =>
      checkNumber(name, value, { integer: true, min: 0, max: this.size - 1 });
    if (json.bos !== undefined) this.bos = id("bos", json.bos);
    this.eos = checkList("eos", json.eos, MOST_ENDS).map((value) => id("eos", value));
    if (json.chat_template !== undefined) {
      const template = checkString("chat_template", json.chat_template);
      if (template.length > LONGEST_TEMPLATE) {
        const expected = `at most ${LONGEST_TEMPLATE} characters`;
        throw new InvalidInputError(`chat_template must have ${expected}, got ${template.length}`);
      }
      this.chatTemplate = template;
    }
    this.#json = json;
  }

  /** Whether the tokenizer's own program puts the token that begins a text before every text. */
  get addsBos(): boolean {
    return this.bos !== undefined && this.before.includes(this.bos);
  }

  /** Undefined where nothing ends a text. */
  get markers(): Markers | undefined {
    const [end] = this.eos;
    if (end === undefined) return undefined;
    return { start: this.bos ?? end, end, pretrained: { ends: this.eos, opens: this.addsBos } };
  }

  encode(text: string, skip?: (character: string) => void): Int32Array {
    return this.#encode(text, this.#plain, skip);
  }

  /**
   * As `encode`, but special tokens that the text spells are those tokens: for texts that a program wrote, such as a
   * conversation that a template has rendered.
   * @throws InvalidInputError as `encode`
   */
  encodeSpecial(text: string, skip?: (character: string) => void): Int32Array {
    return this.#encode(text, this.#all, skip);
  }

  decode(tokens: Iterable<number>): string {
    const bytes = joined(Array.from(checkTokens(tokens), (token) => this.#bytesOf(token)));
    return this.#decoder.strip(lenientDecoder().decode(bytes));
  }

  strip(text: string): string {
    return this.#decoder.strip(text);
  }

  bytes(token: number): Uint8Array {
    return this.#bytesOf(token).slice();
  }

  whole(token: number): string | undefined {
    if (!this.#texts.has(token)) this.#texts.set(token, wholeText(this.bytes(token)));
    return this.#texts.get(token);
  }

  special(name: string): number | undefined {
    return this.#ids.get(name);
  }

  toJSON(): HuggingFaceJSON {
    return this.#json;
  }

  #bytesOf(token: number): Uint8Array {
    this.#bytes[checkToken(token, this.size)] ??= this.#makeBytes(token);
    return this.#bytes[token];
  }

  #makeBytes(token: number): Uint8Array {
    const added = this.#added.get(token);
    if (added?.special) return new Uint8Array(0);
    if (added) return new TextEncoder().encode(added.content);
    const text = this.#json.tokens[token] ?? null;
    return text === null ? new Uint8Array(0) : this.#decoder.bytesOf(text);
  }

  #finders(tokens: readonly AddedToken[]): Finders {
    const late = tokens.filter(({ normalized }) => normalized);
    return [
      new AddedTokens(tokens.filter(({ normalized }) => !normalized)),
      new AddedTokens(late, this.#normalize),
    ];
  }

  #encode(
    text: string,
    [early, late]: Finders,
    skip: ((character: string) => void) | undefined,
  ): Int32Array {
    checkText("text", text);
    const unknown =
      skip ??
      ((character: string): never => {
        const at = text.indexOf(character);
        const where = at < 0 ? "" : ` at ${place(text, at)}`;
        throw new InvalidInputError(
          `the vocabulary lacks ${describe(character)} (${codePoint(character.codePointAt(0)!)})${where}`,
        );
      });
    const tokens = new Tokens(text.length + 1);
    // Lives for one call: a lasting cache of slices would keep every text alive.
    const cache = new Map<string, readonly number[]>();
    let first = true;
    for (const outer of early.split(text)) {
      const inner = typeof outer === "number" ? [outer] : late.split(this.#normalize(outer));
      for (const part of inner) {
        if (typeof part === "number") tokens.push(part);
        else this.#encodePart(part, first, tokens, cache, unknown);
        first = false;
      }
    }
    return tokens.all();
  }

  #encodePart(
    part: string,
    first: boolean,
    tokens: Tokens,
    cache: Map<string, readonly number[]>,
    unknown: (character: string) => void,
  ): void {
    for (const piece of this.#splitter.split(part, first)) {
      for (const short of this.#cuts ? cutBefore(MARK, piece) : [piece]) {
        let own = cache.get(short);
        if (own === undefined) {
          let all = true;
          own = this.#vocabulary.encode(short, (character) => {
            all = false;
            unknown(character);
          });
          if (all) cache.set(short, own);
        }
        for (const token of own) tokens.push(token);
      }
    }
  }
}

/** A growing list of tokens. */
class Tokens {
  #items: Int32Array;
  #count = 0;

  constructor(room: number) {
    this.#items = new Int32Array(room);
  }

  push(token: number): void {
    if (this.#count === this.#items.length) {
      const larger = new Int32Array(2 * this.#count);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#count++] = token;
  }

  all(): Int32Array {
    return this.#items.slice(0, this.#count);
  }
}

/** Cuts a text before each mark that follows something else. */
function cutBefore(mark: string, text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(mark, 1); at > 0; at = text.indexOf(mark, at + 1)) {
    if (text[at - 1] === mark) continue;
    parts.push(text.slice(start, at));
    start = at;
  }
  parts.push(text.slice(start));
  return parts;
}
