// What a model knows of words: its tokenizer, and captions of pictures as tokens. Loaded where a model learns words.

import { ImageSet } from "../../data/images/image-set.js";
import type { StoredModel } from "../../formats/model-file.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import { resolveOwn } from "../../host/rules.js";
import { newTokenizer, tokenizerFromJSON } from "../../text/create.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import { checkText } from "../../text/utf8.js";
import { suitedHeads } from "../base/transformer/heads.js";
import { MOST_TOKENS, type TextOptions, type TextSizes, textSizeRules } from "./caption-options.js";
import type { CaptionTokens } from "./caption-tokens.js";
import type { PictureData } from "./rows.js";

/** Tokens that a model reads at least, where nothing is said: prompts are in other words than captions. */
const LEAST = 32;

/** What the words of a model are made of. */
export interface WordParts<Sizes extends TextSizes = TextSizes> {
  readonly tokenizer: Tokenizer;
  readonly sizes: Sizes;
}

/** What a file says of its model. */
type Described = Omit<StoredModel, "model">;

/** What a model knows of words. */
export abstract class Words<Sizes extends TextSizes = TextSizes> implements WordParts<Sizes> {
  readonly tokenizer: Tokenizer;
  readonly sizes: Sizes;

  constructor({ tokenizer, sizes }: WordParts<Sizes>) {
    this.tokenizer = tokenizer;
    this.sizes = sizes;
  }

  /**
   * Captions of pictures as tokens.
   * @param instead what else can be done where there are none
   * @throws InvalidInputError where there are none, or one is too long
   */
  read(what: string, data: PictureData, instead = ""): CaptionTokens {
    const captions = data instanceof ImageSet ? data.captions : undefined;
    if (!captions) {
      throw new InvalidInputError(
        `${what}: the model learns captions, and the pictures have none; give them with withCaptions${instead}`,
      );
    }
    const { names } = data as ImageSet;
    const whose = (i: number, j: number) =>
      names ? `a caption of ${describe(names[i])}` : `captions[${i}][${j}]`;
    const known = new Map<string, Int32Array>();
    return captions.map((own, i) =>
      own.map((caption, j) => {
        const tokens = known.get(caption) ?? this.encode(whose(i, j), caption);
        known.set(caption, tokens);
        return tokens;
      }),
    );
  }

  /** What a file says of its model, with what it says of the words. */
  describedIn({ network, config, assets }: Described): Described {
    const sizes = Object.entries(this.sizes).map(([name, value]) => [sizeName(name), value]);
    return {
      network: { ...network, ...Object.fromEntries(sizes) },
      config,
      assets: { ...assets, tokenizer: this.tokenizer.toJSON() },
    };
  }

  /** A text as tokens. @throws InvalidInputError where it is too long, or has characters that no caption had */
  encode(what: string, text: string, unknown: Unknown = "error"): Int32Array {
    let tokens: Int32Array;
    try {
      tokens = this.tokenizer.encode(checkText(what, text), skipping(unknown));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(`${what} ${describe(text)}: ${error.message}`);
    }
    const { context } = this.sizes;
    if (tokens.length <= context) return tokens;
    throw new InvalidInputError(
      `${what} has ${tokens.length} tokens, the model reads at most ${context}; shorten it, or create the model with a ` +
        "larger textContext",
    );
  }
}

/** `width` as options have it: `textWidth`. */
function sizeName(name: string): string {
  return `text${name[0].toUpperCase()}${name.slice(1)}`;
}

/**
 * What the words of a new model are made of.
 * @throws InvalidInputError naming the first option that cannot be used
 */
export async function newWords(
  given: TextOptions,
  images: PictureData | undefined,
): Promise<WordParts> {
  const captions = images instanceof ImageSet ? images.captions : undefined;
  if (!captions) {
    throw new InvalidInputError(
      "captions are those of an ImageSet; give it as images, with captions: images.withCaptions([…])",
    );
  }
  const { tokenizer: kind = "bpe", vocab, textContext } = given;
  const texts = [...new Set(captions.flat())];
  const tokenizer = await newTokenizer(kind, texts, vocab === undefined ? {} : { vocab });
  const lengths = texts.map((text) => tokenizer.encode(text).length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (longest > MOST_TOKENS) {
    throw new InvalidInputError(
      `the caption ${describe(texts[lengths.indexOf(longest)])} has ${longest} tokens, a model reads at most ` +
        `${MOST_TOKENS}; shorten it`,
    );
  }
  const suited = Math.min(MOST_TOKENS, Math.max(LEAST, 8 * Math.ceil((1.5 * longest) / 8)));
  return { tokenizer, sizes: textSizes({ ...given, textContext: textContext ?? suited }) };
}

/** The same of a file. @throws ModelFileError, InvalidInputError */
export function storedWords(given: TextOptions, tokenizer: unknown): WordParts {
  return { tokenizer: tokenizerFromJSON(tokenizer), sizes: textSizes(given) };
}

function textSizes(given: TextOptions): TextSizes {
  const suited = { textHeads: suitedHeads(given.textWidth ?? 64) };
  const {
    textWidth: width,
    textLayers: layers,
    textHeads: heads,
    textContext: context,
  } = resolveOwn(textSizeRules, given, suited);
  if (width % heads !== 0) {
    throw new InvalidInputError(`textHeads must divide textWidth (${width}), got ${heads}`);
  }
  if ((width / heads) % 2 !== 0) {
    throw new InvalidInputError(
      `rotary positions need heads of an even size: textWidth ${width} / textHeads ${heads} is ${width / heads}`,
    );
  }
  return { width, layers, heads, context };
}
