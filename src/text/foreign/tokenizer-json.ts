// From a `tokenizer.json`, and back to one.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import type { AddedTokenJSON, HuggingFaceJSON } from "./json.js";
import { checkBoolean, checkList, checkSection, checkString, type Section } from "./sections.js";
import { MOST_TOKENS, mergeList } from "./vocabulary.js";

const MOST_MERGES = 2 ** 21;

/** What a tokenizer.json says. @throws InvalidInputError for what is damaged, or not supported, by its name */
export function described(file: Section): HuggingFaceJSON {
  const model = checkSection("model", file.model);
  const type = model.type ?? "BPE";
  if (type !== "BPE") {
    throw new InvalidInputError(
      `a model of the type ${describe(type)} is not supported; it may be BPE`,
    );
  }
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix", "dropout"]) {
    const value = model[name];
    if (value === null || value === undefined || value === "" || value === 0) continue;
    throw new InvalidInputError(`model.${name} is not supported, got ${describe(value)}`);
  }
  const tokens = tokensById(checkSection("model.vocab", model.vocab));
  const merges = checkList("model.merges", model.merges, MOST_MERGES);
  const json: HuggingFaceJSON = {
    kind: "hugging-face",
    size: tokens.length,
    tokens,
    merges: mergesOf(merges, tokens),
    byte_fallback: checkBoolean("model.byte_fallback", model.byte_fallback, false),
    ignore_merges: checkBoolean("model.ignore_merges", model.ignore_merges, false),
    ...(typeof model.unk_token === "string" ? { unk_token: model.unk_token } : {}),
    added_tokens: [],
    normalizer: file.normalizer ?? null,
    pre_tokenizer: file.pre_tokenizer ?? null,
    post_processor: file.post_processor ?? null,
    decoder: file.decoder ?? null,
    eos: [],
  };
  const added = checkList("added_tokens", file.added_tokens ?? [], MOST_TOKENS);
  return withAdded(
    json,
    added.map((one, i) => checkSection(`added_tokens[${i}]`, one)),
  );
}

function checkId(token: string, id: unknown): number {
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < MOST_TOKENS)
    return id as number;
  const rule = { integer: true, min: 0, max: MOST_TOKENS - 1 };
  return checkNumber(`the id of ${describe(token)}`, id, rule);
}

/** Tokens in the order of their ids, null where there is none. @throws InvalidInputError */
export function tokensById(vocab: Section): (string | null)[] {
  const entries = Object.entries(vocab);
  let length = 0;
  for (const [token, id] of entries) length = Math.max(length, checkId(token, id) + 1);
  const tokens = new Array<string | null>(length).fill(null);
  for (const [token, id] of entries) {
    const other = tokens[id as number];
    if (other !== null) {
      throw new InvalidInputError(
        `${describe(other)} and ${describe(token)} have one id, ${id}; ids are distinct`,
      );
    }
    tokens[id as number] = token;
  }
  return tokens;
}

/**
 * Merges as left and right tokens in turn.
 * @param merges each "a b" or ["a", "b"]
 * @throws InvalidInputError
 */
export function mergesOf(
  merges: readonly unknown[],
  tokens: readonly (string | null)[],
): readonly number[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const flat: number[] = [];
  for (const [i, merge] of merges.entries()) {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidInputError(`merge ${i} must be two tokens, got ${describe(merge)}`);
    }
    for (const token of pair) {
      const id = typeof token === "string" ? ids.get(token) : undefined;
      if (id === undefined) {
        throw new InvalidInputError(`merge ${i} names ${describe(token)}, which is no token`);
      }
      flat.push(id);
    }
  }
  return flat;
}

/** The same with further tokens; those without an id are in the vocabulary, or come after it. */
export function withAdded(json: HuggingFaceJSON, added: readonly Section[]): HuggingFaceJSON {
  const contents = new Set(added.map(({ content }) => content));
  const ids = new Map<string | null, number>();
  for (const [id, token] of json.tokens.entries()) if (contents.has(token)) ids.set(token, id);
  let { size } = json;
  const rule = { integer: true, min: 0, max: MOST_TOKENS - 1 };
  for (const { id } of added) {
    if (id !== undefined)
      size = Math.max(size, checkNumber("the id of an added token", id, rule) + 1);
  }
  const all = added.map((token) => {
    const content = checkString("the content of an added token", token.content);
    const known = ids.get(content);
    const id = (token.id as number | undefined) ?? known ?? size++;
    if (known === undefined ? (json.tokens[id] ?? null) !== null : known !== id) {
      throw new InvalidInputError(
        `the added token ${describe(content)} has the id ${id}, but the vocabulary says otherwise`,
      );
    }
    return { ...token, content, id };
  });
  return { ...json, size, added_tokens: merged(json.added_tokens, all) };
}

/** Both lists; what the second says of a token counts. */
function merged(
  base: readonly AddedTokenJSON[],
  added: readonly AddedTokenJSON[],
): AddedTokenJSON[] {
  const own = new Map(base.map((token) => [token.content, token]));
  const again = new Set(added.map(({ content }) => content));
  return [
    ...base.filter(({ content }) => !again.has(content)),
    ...added.map((token) => ({ ...own.get(token.content), ...token })),
  ];
}

/** The `tokenizer.json` of a tokenizer: the opposite of `described`. */
export function tokenizerJSON(json: HuggingFaceJSON): object {
  const { tokens, byte_fallback, ignore_merges } = json;
  const merges = mergeList(json).sort((a, b) => a.rank - b.rank);
  const flags = { single_word: false, lstrip: false, rstrip: false };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: json.added_tokens.map((token) => {
      const special = token.special === true;
      return { ...flags, normalized: !special, ...token, special };
    }),
    normalizer: json.normalizer,
    pre_tokenizer: json.pre_tokenizer,
    post_processor: json.post_processor,
    decoder: json.decoder,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: json.unk_token ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: json.unk_token !== undefined,
      byte_fallback,
      ignore_merges,
      vocab: Object.fromEntries(
        tokens.flatMap((token, id) => (token === null ? [] : [[token, id]])),
      ),
      merges: merges.map(({ left, right }) => [tokens[left], tokens[right]]),
    },
  };
}

/** tokenizer_config.json. @param context the most tokens that the model sees */
export function tokenizerConfig(json: HuggingFaceJSON, context: number): object {
  const nameOf = (id: number | undefined) =>
    id === undefined
      ? null
      : (json.added_tokens.find((token) => token.id === id)?.content ?? json.tokens[id] ?? null);
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: nameOf(json.bos),
    eos_token: nameOf(json.eos[0]),
    model_max_length: context,
    clean_up_tokenization_spaces: false,
    ...(json.chat_template === undefined ? {} : { chat_template: json.chat_template }),
  };
}
