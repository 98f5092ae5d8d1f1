// A tokenizer as the files of Hugging Face have it.

import type { HuggingFaceJSON } from "./json.js";

type JSONObject = Readonly<Record<string, unknown>>;

/** tokenizer.json. */
export function tokenizerFile(json: HuggingFaceJSON): JSONObject {
  const { tokens, added_tokens: added, byte_fallback, ignore_merges } = json;
  const vocab: Record<string, number> = Object.create(null);
  for (const [id, token] of tokens.entries()) if (token !== null) vocab[token] = id;
  // Those that the vocabulary lacks would have the ids after it, whatever they say.
  for (const { content, id } of added) vocab[content] = id;
  const sorted = Object.fromEntries(Object.entries(vocab).sort(([, a], [, b]) => a - b));
  const unknown = added.find(({ content }) => content === "<unk>");
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...added].sort((a, b) => a.id - b.id).map(described),
    normalizer: json.normalizer,
    pre_tokenizer: json.pre_tokenizer,
    post_processor: json.post_processor,
    decoder: json.decoder,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: unknown && byte_fallback ? "<unk>" : null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: byte_fallback,
      byte_fallback,
      ignore_merges,
      vocab: sorted,
      merges: mergesOf(json),
    },
  };
}

function described(token: HuggingFaceJSON["added_tokens"][number]): JSONObject {
  const { id, content, special = false } = token;
  return {
    ...{ id, content, single_word: false, lstrip: false, rstrip: false },
    normalized: !special,
    ...token,
    special,
  };
}

/** Pairs of tokens; where they follow from the tokens, as transformers makes them of a SentencePiece model. */
function mergesOf({ tokens, merges }: HuggingFaceJSON): [string, string][] {
  if (!("last" in merges)) {
    return Array.from({ length: merges.length / 2 }, (_, i) => [
      tokens[merges[2 * i]]!,
      tokens[merges[2 * i + 1]]!,
    ]);
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const late = new Set(merges.last);
  const first = Array.from(tokens.keys()).filter((id) => !late.has(id));
  return [...first, ...merges.last].flatMap((id) => {
    const token = tokens[id] ?? "";
    const cuts = Array.from({ length: Math.max(0, token.length - 1) }, (_, i) => i + 1);
    return cuts
      .map((at): [string, string] => [token.slice(0, at), token.slice(at)])
      .filter((pair) => pair.every((part) => ids.has(part)))
      .sort(([a, b], [c, d]) => ids.get(a)! - ids.get(c)! || ids.get(b)! - ids.get(d)!);
  });
}

/** tokenizer_config.json. @param context the most tokens that the model sees */
export function tokenizerConfigFile(json: HuggingFaceJSON, context: number): JSONObject {
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
