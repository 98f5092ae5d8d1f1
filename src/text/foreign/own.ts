// The package's own tokenizers as Hugging Face describes tokenizers: the same ids for the same texts.

import { InvalidInputError } from "../../host/errors.js";
import { PIECES } from "../bpe.js";
import { ASSISTANT, END, roles, roleTokens, START } from "../markers.js";
import type { TokenizerJSON } from "../tokenizer.js";
import { characterOf } from "./byte-characters.js";
import type { HuggingFaceJSON } from "./json.js";

const bytes = Array.from({ length: 256 }, (_, byte) => characterOf(byte));

/**
 * A tokenizer of any kind as one of Hugging Face's. Where it was made for documents, a text begins with `<start>`.
 * @param documents whether the model learns documents
 * @throws InvalidInputError naming what cannot be said so
 */
export function asHuggingFace(own: TokenizerJSON, documents: boolean): HuggingFaceJSON {
  if (own.clean) {
    throw new InvalidInputError(
      "the tokenizer cleans texts (clean), which tokenizer.json cannot say",
    );
  }
  if (own.kind === "hugging-face") return own;
  const [tokens, parts] = partsOf(own);
  const added = own.specials.map((content, i) => ({
    ...{ id: tokens.length + i, content, special: true, normalized: false },
    ...{ single_word: false, lstrip: false, rstrip: false },
  }));
  const idOf = (name: string) => tokens.length + own.specials.indexOf(name);
  const has = (...names: readonly string[]) => names.every((name) => own.specials.includes(name));
  const marked = documents && has(START, END);
  return {
    kind: "hugging-face",
    size: tokens.length + added.length,
    tokens,
    byte_fallback: false,
    ignore_merges: false,
    added_tokens: added,
    normalizer: null,
    ...parts,
    post_processor: marked ? beginsWith(START, idOf(START)) : null,
    ...(marked ? { bos: idOf(START), eos: [idOf(END)] } : { eos: [] }),
    ...(marked && has(...roleTokens) ? { chat_template: chatTemplate() } : {}),
  };
}

type Parts = Pick<HuggingFaceJSON, "merges" | "pre_tokenizer" | "decoder">;

function partsOf(own: Exclude<TokenizerJSON, HuggingFaceJSON>): [string[], Parts] {
  if (own.kind === "char") {
    return [
      Array.from(own.characters),
      { merges: [], pre_tokenizer: null, decoder: { type: "Fuse" } },
    ];
  }
  const level = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false };
  const whole = { ...level, use_regex: false };
  if (own.kind === "byte") return [bytes, { merges: [], pre_tokenizer: whole, decoder: level }];
  const tokens = bytes.slice();
  for (const [left, right] of own.merges) tokens.push(tokens[left] + tokens[right]);
  if (new Set(tokens).size < tokens.length) {
    throw new InvalidInputError(
      "two tokens of the vocabulary have the same bytes, which tokenizer.json cannot say",
    );
  }
  const split = {
    type: "Split",
    pattern: { Regex: oniguruma(PIECES.source) },
    behavior: "Isolated",
    invert: false,
  };
  return [
    tokens,
    {
      merges: own.merges.flat(),
      pre_tokenizer: { type: "Sequence", pretokenizers: [split, whole] },
      decoder: level,
    },
  ];
}

/** The pattern with its characters as they are, which every notation has; escapes differ. */
function oniguruma(source: string): string {
  return source
    .replace(/\\u\{([0-9a-f]+)\}|\\u([0-9a-f]{4})/g, (_, long, short) =>
      String.fromCodePoint(Number.parseInt(long ?? short, 16)),
    )
    .replaceAll("\\t", "\t")
    .replaceAll("\\r", "\r");
}

/** Puts a token before every text. */
function beginsWith(name: string, id: number): object {
  const token = { SpecialToken: { id: name, type_id: 0 } };
  const text = (part: string, type: number) => ({ Sequence: { id: part, type_id: type } });
  return {
    type: "TemplateProcessing",
    single: [token, text("A", 0)],
    pair: [token, text("A", 0), { SpecialToken: { id: name, type_id: 1 } }, text("B", 1)],
    special_tokens: { [name]: { id: name, ids: [id], tokens: [name] } },
  };
}

/** How a model with role tokens reads conversations, as a template: the same tokens. */
function chatTemplate(): string {
  return [
    "{{ bos_token }}{% for message in messages %}",
    `{% if message.role not in [${roles.map((role) => `'${role}'`).join(", ")}] %}`,
    `{{ raise_exception('roles are ${roles.join(", ")}, got ' + message.role) }}{% endif %}`,
    "{{ '<' + message.role + '>' + message.content }}",
    `{% if message.role == '${ASSISTANT}' %}{{ eos_token }}{% endif %}{% endfor %}`,
    `{% if add_generation_prompt %}<${ASSISTANT}>{% endif %}`,
  ].join("");
}
