// The files of a tokenizer of Hugging Face, whichever of them there are.

import { parseObject } from "../../formats/json.js";
import { checkKeys, describe, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { decodeUtf8 } from "../utf8.js";
import { framed } from "./framing.js";
import type { HuggingFaceJSON } from "./json.js";
import { checkList, checkSection, checkString, type Section } from "./sections.js";
import { sentencePiece } from "./sentencepiece.js";
import { HuggingFaceTokenizer } from "./tokenizer.js";
import { described, mergesOf, tokensById, withAdded } from "./tokenizer-json.js";

/** A file: its text or its bytes. */
type TextFile = string | Uint8Array;

/** The files; of the first four, one is needed (vocab and merges together). */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizerJSON?: TextFile;
  /** vocab.json */
  readonly vocab?: TextFile;
  /** merges.txt */
  readonly merges?: TextFile;
  /** tokenizer.model */
  readonly sentencepiece?: Uint8Array;
  /** tokenizer_config.json */
  readonly tokenizerConfig?: TextFile;
  /** special_tokens_map.json */
  readonly specialTokensMap?: TextFile;
  /** added_tokens.json */
  readonly addedTokens?: TextFile;
  /** chat_template.jinja, which counts more than what tokenizer_config.json says */
  readonly chatTemplate?: TextFile;
}

/** What the files do not say, or a model's configuration says better. */
export interface TokenizerFilesOptions {
  /** Tokens of the model, where it has more than the vocabulary. Default: as many as there are. */
  readonly size?: number;
  /** Ids of the tokens that begin and end a text. Default: as the files say. */
  readonly bos?: number;
  readonly eos?: readonly number[];
}

/** The longest file, in bytes or characters. */
const LONGEST_FILE = 2 ** 27;
/** Names in one: each token of a vocabulary is one. */
const MOST_NAMES = 2 ** 20;

/** The pattern of Qwen2. */
const QWEN2_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * The tokenizer that files of Hugging Face describe: byte-pair encoding over bytes (GPT-2, Llama 3, Qwen), or as
 * SentencePiece does it (Llama 2, Mistral). What else they ask for is refused by its name.
 * @throws ModelFileError, naming the file
 */
export function foreignTokenizer(
  files: TokenizerFiles,
  options: TokenizerFilesOptions = {},
): HuggingFaceTokenizer {
  checkKeys("foreignTokenizer", options, ["size", "bos", "eos"]);
  const main = mainFile(files);
  const config = readJSON("tokenizer_config.json", files.tokenizerConfig) ?? {};
  const map = readJSON("special_tokens_map.json", files.specialTokensMap) ?? {};
  return about(main, () => {
    const base = fromFiles(files, config, map);
    const size = options.size ?? base.size;
    if (size < base.size) {
      throw new InvalidInputError(`it has ${base.size} tokens, but the model has ${size}`);
    }
    const bos = options.bos ?? idOf(base, nameIn("bos_token", config, map)) ?? base.bos;
    const end = idOf(base, nameIn("eos_token", config, map));
    const eos = options.eos ?? (end === undefined ? base.eos : [end]);
    const template = templateOf(files.chatTemplate, config);
    return new HuggingFaceTokenizer({
      ...base,
      size,
      ...(bos === undefined ? {} : { bos }),
      eos,
      ...(template === undefined ? {} : { chat_template: template }),
    });
  });
}

/** Runs `work`; what it refuses is said to be in a file. */
function about<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`${file} cannot be used: ${error.message}`, { cause: error });
  }
}

function mainFile(files: TokenizerFiles): string {
  if (files.tokenizerJSON !== undefined) return "tokenizer.json";
  if (files.vocab !== undefined && files.merges !== undefined) return "vocab.json with merges.txt";
  if (files.sentencepiece !== undefined) return "tokenizer.model";
  throw new ModelFileError(
    "a tokenizer needs tokenizer.json, or vocab.json and merges.txt, or tokenizer.model; none of these is there",
  );
}

/** What the main file says, without the tokens that begin and end a text. */
function fromFiles(files: TokenizerFiles, config: Section, map: Section): HuggingFaceJSON {
  if (files.tokenizerJSON !== undefined) {
    return described(readJSON("tokenizer.json", files.tokenizerJSON)!);
  }
  const added = readJSON("added_tokens.json", files.addedTokens) ?? {};
  const extra = about("tokenizer_config.json", () => addedTokens(config, map, added));
  if (files.vocab === undefined || files.merges === undefined) {
    return withAdded(sentencePiece(files.sentencepiece!, config), extra);
  }
  const vocab = readJSON("vocab.json", files.vocab)!;
  return withAdded(fromVocab(vocab, readText("merges.txt", files.merges), config), extra);
}

/** GPT-2's files, which do not say how texts are split: the class of the tokenizer does. */
function fromVocab(vocab: Section, merges: string, config: Section): HuggingFaceJSON {
  const name = checkString("tokenizer_class", config.tokenizer_class, "GPT2Tokenizer");
  const kind = name.replace(/Fast$/, "");
  if (kind !== "GPT2Tokenizer" && kind !== "Qwen2Tokenizer") {
    throw new InvalidInputError(
      `the class ${describe(name)} is not supported without a tokenizer.json; it may be GPT2Tokenizer or Qwen2Tokenizer`,
    );
  }
  const tokens = tokensById(vocab);
  const lines = merges
    .split(/\r?\n/)
    .filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")));
  const qwen = kind === "Qwen2Tokenizer";
  const bytes = {
    type: "ByteLevel",
    add_prefix_space: config.add_prefix_space === true,
    use_regex: !qwen,
  };
  const pattern = { Regex: QWEN2_PATTERN };
  const split = { type: "Split", pattern, behavior: "Isolated", invert: false };
  // What begins and ends texts where no file says so.
  const end = vocab["<|endoftext|>"] as number | undefined;
  const begins = qwen ? undefined : end;
  const named = { id: "<|endoftext|>", ids: [end ?? 0] };
  return {
    kind: "hugging-face",
    size: tokens.length,
    tokens,
    merges: mergesOf(lines, tokens),
    byte_fallback: false,
    ignore_merges: false,
    added_tokens: end === undefined ? [] : [{ id: end, content: named.id, special: true }],
    normalizer: qwen ? { type: "NFC" } : null,
    pre_tokenizer: qwen ? { type: "Sequence", pretokenizers: [split, bytes] } : bytes,
    post_processor: config.add_bos_token === true && begins !== undefined ? framed(named) : null,
    decoder: { type: "ByteLevel" },
    ...(begins === undefined ? {} : { bos: begins }),
    eos: end === undefined ? [] : [end],
  };
}

/** Tokens that other files than the vocabulary name: with their ids, or without where they are at its end. */
function addedTokens(config: Section, map: Section, added: Section): Section[] {
  const found = new Map<string, Section>();
  for (const [content, id] of Object.entries(added)) found.set(content, { id, content });
  const listed = checkSection("added_tokens_decoder", config.added_tokens_decoder ?? {});
  for (const [id, entry] of Object.entries(listed)) {
    const token = checkSection(`added_tokens_decoder[${describe(id)}]`, entry);
    found.set(checkString("content", token.content), { ...token, id: Number(id) });
  }
  const special = (token: unknown) => {
    const content = contentOf(token);
    if (content === undefined) return;
    const flags = typeof token === "string" ? {} : checkSection("a special token", token);
    found.set(content, { ...flags, ...found.get(content), content, special: true });
  };
  for (const source of [map, config]) {
    for (const name of [
      "unk_token",
      "bos_token",
      "eos_token",
      "pad_token",
      "sep_token",
      "cls_token",
      "mask_token",
    ]) {
      special(source[name]);
    }
    for (const token of checkList(
      "additional_special_tokens",
      source.additional_special_tokens ?? [],
      65536,
    ))
      special(token);
  }
  return [...found.values()];
}

/** The name of a special token, which is text or an object that holds it. */
function contentOf(token: unknown): string | undefined {
  if (token === null || token === undefined) return undefined;
  if (typeof token === "string") return token;
  return checkString("content", checkSection("a special token", token).content);
}

function nameIn(key: string, ...sources: Section[]): string | undefined {
  for (const source of sources) {
    const name = contentOf(source[key]);
    if (name !== undefined) return name;
  }
  return undefined;
}

function idOf(json: HuggingFaceJSON, name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const added = json.added_tokens.find(({ content }) => content === name);
  const id = added ? added.id : json.tokens.indexOf(name);
  return id < 0 ? undefined : id;
}

/** A template, or the one that is called default of several. */
function templateOf(file: TextFile | undefined, config: Section): string | undefined {
  if (file !== undefined) return readText("chat_template.jinja", file);
  const said = config.chat_template ?? undefined;
  if (said === undefined || typeof said === "string") return said;
  const named = checkList("chat_template", said, 64).map((one) =>
    checkSection("chat_template", one),
  );
  const found = named.find(({ name }) => name === "default") ?? named[0];
  return found && checkString("chat_template", found.template);
}

function readText(name: string, file: TextFile): string {
  if (typeof file !== "string" && !ArrayBuffer.isView(file)) {
    throw new ModelFileError(`${name} must be text or bytes, got ${describe(file)}`);
  }
  if (file.length > LONGEST_FILE) {
    throw new ModelFileError(`${name} has ${file.length} bytes, of at most ${LONGEST_FILE}`);
  }
  return typeof file === "string" ? file : about(name, () => decodeUtf8(file, name));
}

function readJSON(name: string, file: TextFile | undefined): Section | undefined {
  return file === undefined ? undefined : parseObject(readText(name, file), name, MOST_NAMES);
}
