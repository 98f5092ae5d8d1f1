// The words of a diffusion: its tokenizer, captions of pictures as tokens, and prompts. Loaded where a model learns words.

import type { Captions } from "../../data/images/captions.js";
import { ImageSet } from "../../data/images/image-set.js";
import type { ModelDescription } from "../../formats/model-file.js";
import { checkChoice, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { resolve } from "../../host/rules.js";
import { newTokenizer, tokenizerFromJSON } from "../../text/create.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import { checkText } from "../../text/utf8.js";
import { suitedHeads } from "../base/transformer/heads.js";
import type { DiffusionBody } from "./diffusion-body.js";
import { type TextOptions, type TextSizes, textSizeRules } from "./diffusion-text.js";
import type { PictureData } from "./rows.js";

/** Captions of some rows, as tokens: one or several a row. */
export type CaptionTokens = readonly (readonly Int32Array[])[];

/** What is asked for in words. */
export interface PromptOptions {
  /**
   * What pictures show, in words: one text for all, or one for each. For models that learned captions. Labels that are not
   * asked for beside it are left out.
   */
  readonly prompt?: string | readonly string[];
  /** What they do not show: takes the place of the empty caption in guidance, so `guidance` must be above 1. */
  readonly negative?: string;
  /** What becomes of characters of a prompt that the model's captions never had: `skip` leaves them out. Default `error`. */
  readonly unknown?: Unknown;
}

/** What is asked of some rows in words: texts, and tokens row by row. */
export interface Prompts {
  readonly captions: Captions | undefined;
  readonly asked: readonly Int32Array[];
  readonly negative: readonly Int32Array[];
}

/** Tokens that a model reads at least, where nothing is said: prompts are in other words than captions. */
const LEAST = 32;
/** No words. */
const NOTHING = new Int32Array(0);

/** What a model knows of words. */
export class Words {
  readonly tokenizer: Tokenizer;
  readonly sizes: TextSizes;

  constructor(tokenizer: Tokenizer, sizes: TextSizes) {
    this.tokenizer = tokenizer;
    this.sizes = sizes;
  }

  /** Captions of pictures as tokens. @throws InvalidInputError where there are none, or one is too long */
  read(what: string, data: PictureData): CaptionTokens {
    const captions = data instanceof ImageSet ? data.captions : undefined;
    if (!captions) {
      throw new InvalidInputError(
        `${what}: the model learns captions, and the pictures have none; give them with withCaptions, or create the model ` +
          "with captions: false",
      );
    }
    const known = new Map<string, Int32Array>();
    return captions.map((own, i) =>
      own.map((caption, j) => {
        const tokens = known.get(caption) ?? this.#encode(`captions[${i}][${j}]`, caption, "error");
        known.set(caption, tokens);
        return tokens;
      }),
    );
  }

  /**
   * Prompts of so many rows as tokens; empty captions where nothing is asked.
   * @throws InvalidInputError
   */
  prompts(
    { prompt, negative, unknown = "error" }: PromptOptions,
    rows: number,
    guidance: number,
  ): Prompts {
    checkChoice("unknown", unknown, ["error", "skip"]);
    const texts = prompt === undefined ? undefined : checkPrompts(prompt);
    if (texts && texts.length !== 1 && texts.length !== rows) {
      throw new InvalidInputError(
        `prompt must be one text for all ${rows} examples or one for each, got ${texts.length}`,
      );
    }
    if (negative !== undefined && guidance <= 1) {
      throw new InvalidInputError(
        `negative counts where guidance is above 1, such as guidance: 3; got ${guidance}`,
      );
    }
    const of = <T>(list: readonly T[]) =>
      Array.from({ length: rows }, (_, i) => list[i % list.length]);
    const read = texts?.map((text, i) =>
      this.#encode(Array.isArray(prompt) ? `prompt[${i}]` : "prompt", text, unknown),
    );
    const not = negative === undefined ? NOTHING : this.#encode("negative", negative, unknown);
    return {
      captions: texts && of(texts.map((text) => [text])),
      asked: of(read ?? [NOTHING]),
      negative: of([not]),
    };
  }

  /** One caption of each row, drawn: (rows, T), -1 after the end of each. */
  drawn(captions: CaptionTokens, key: Key): Int32Array {
    const uniform = key.uniform(captions.length);
    return padded(captions.map((own, i) => own[Math.floor(uniform[i] * own.length)]));
  }

  /** The same in turn from a row's number, so that languages take turns. */
  inTurn(captions: CaptionTokens, first: number): Int32Array {
    return padded(captions.map((own, i) => own[(first + i) % own.length]));
  }

  /** As it stands in a file. */
  stored(): Pick<ModelDescription, "network" | "assets"> {
    const sizes = Object.entries(this.sizes).map(([name, value]) => [sizeName(name), value]);
    return { network: Object.fromEntries(sizes), assets: { tokenizer: this.tokenizer.toJSON() } };
  }

  #encode(what: string, text: string, unknown: Unknown): Int32Array {
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

function checkPrompts(prompt: unknown): readonly string[] {
  const all: unknown = Array.isArray(prompt) ? prompt : [prompt];
  const list = all as readonly unknown[];
  const wrong = list.find((one) => typeof one !== "string");
  if (list.length > 0 && wrong === undefined) return list as readonly string[];
  throw new InvalidInputError(
    `prompt must be a text, or a list of texts, got ${describe(list.length === 0 ? prompt : wrong)}`,
  );
}

/** `width` as options have it: `textWidth`. */
function sizeName(name: string): string {
  return `text${name[0].toUpperCase()}${name.slice(1)}`;
}

/** Tokens of rows side by side, (rows, T), -1 after the end of each. */
function padded(rows: readonly Int32Array[]): Int32Array {
  const T = Math.max(1, ...rows.map(({ length }) => length));
  const all = new Int32Array(rows.length * T).fill(-1);
  for (const [i, row] of rows.entries()) all.set(row, i * T);
  return all;
}

/**
 * The words of a new model.
 * @throws InvalidInputError naming the first option that cannot be used
 */
export async function newWords(
  given: TextOptions,
  images: PictureData | undefined,
  body: DiffusionBody,
): Promise<Words> {
  const captions = images instanceof ImageSet ? images.captions : undefined;
  if (!captions) {
    throw new InvalidInputError(
      "captions are those of an ImageSet; give it as images, with captions: images.withCaptions([…])",
    );
  }
  const { tokenizer: kind = "bpe", vocab, textContext } = given;
  const texts = [...new Set(captions.flat())];
  const tokenizer = await newTokenizer(kind, texts, vocab === undefined ? {} : { vocab });
  const longest = texts.reduce((most, text) => Math.max(most, tokenizer.encode(text).length), 0);
  const suited = Math.max(LEAST, 8 * Math.ceil((1.5 * longest) / 8));
  return new Words(tokenizer, textSizes({ ...given, textContext: textContext ?? suited }, body));
}

/** The words of a file. @throws ModelFileError, InvalidInputError */
export function storedWords(given: TextOptions, tokenizer: unknown, body: DiffusionBody): Words {
  return new Words(tokenizerFromJSON(tokenizer), textSizes(given, body));
}

function textSizes(given: TextOptions, body: DiffusionBody): TextSizes {
  const { textWidth: width, textLayers: layers } = resolve(textSizeRules, given);
  const { textHeads = suitedHeads(width), textContext, textLevels } = given;
  const context = checkNumber("textContext", textContext, { integer: true, min: 1, max: 4096 });
  const heads = checkNumber("textHeads", textHeads, { integer: true, min: 1, max: 4096 });
  if (width % heads !== 0) {
    throw new InvalidInputError(`textHeads must divide textWidth (${width}), got ${heads}`);
  }
  if ((width / heads) % 2 !== 0) {
    throw new InvalidInputError(
      `rotary positions need heads of an even size: textWidth ${width} / textHeads ${heads} is ${width / heads}`,
    );
  }
  const sizes = { width, layers, heads, context };
  if (body.network !== "unet") {
    if (textLevels === undefined) return sizes;
    throw new InvalidInputError(`textLevels is for network "unet", this one is "${body.network}"`);
  }
  const levels = textLevels ?? 1;
  checkNumber("textLevels", levels, { integer: true, min: 1, max: body.levels });
  return { ...sizes, levels };
}
