// SentencePiece's own file, `tokenizer.model`: a message of Protocol Buffers (sentencepiece_model.proto).

import { describe, InvalidInputError } from "../../host/errors.js";
import { decodeUtf8 } from "../utf8.js";
import type { HuggingFaceJSON } from "./json.js";
import type { Section } from "./sections.js";
import { MOST_TOKENS } from "./vocabulary.js";

/** Types of pieces. */
const [NORMAL, UNKNOWN, CONTROL, BYTE] = [1, 2, 3, 6];
const modelTypes = ["", "unigram", "bpe", "word", "char"];

/** A field of a message: whole numbers as numbers, everything else as bytes. */
type Field = readonly [number: number, value: number | Uint8Array];

/**
 * What a tokenizer.model of byte-pair encoding says.
 * @param config tokenizer_config.json, which says whether texts begin with a token
 * @throws InvalidInputError for what is damaged, or not supported, by its name
 */
export function sentencePiece(file: Uint8Array, config: Section): HuggingFaceJSON {
  if (!(file instanceof Uint8Array)) {
    throw new InvalidInputError(`it must be a Uint8Array, got ${describe(file)}`);
  }
  const fields = [...message(file)];
  const pieces = fields.flatMap(([number, value]) => (number === 1 ? [pieceOf(value)] : []));
  const trainer = new Map(inner(fields, 2));
  const rules = new Map(inner(fields, 3));
  const type = modelTypes[(trainer.get(3) as number | undefined) ?? 1] ?? "unknown";
  if (type !== "bpe") refuse(`a model of the type ${type}; it may be bpe`);
  if (Number(trainer.get(24) ?? 0) !== 0) refuse("treat_whitespace_as_suffix");
  if (((rules.get(2) as Uint8Array | undefined)?.length ?? 0) > 0) {
    const name =
      rules.get(1) instanceof Uint8Array ? decodeUtf8(rules.get(1) as Uint8Array, "it") : "";
    refuse(`the normalization ${describe(name)}; it may be "identity"`);
  }
  if (rules.get(4) !== 0) refuse("remove_extra_whitespaces");
  if (rules.get(5) === 0) refuse("a model without escape_whitespaces");
  checkPieces(pieces);
  const prefix = rules.get(3) !== 0;
  const space = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const decoders = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ];
  return {
    kind: "hugging-face",
    size: pieces.length,
    tokens: pieces.map(({ text }) => text),
    merges: "pieces",
    byte_fallback: Number(trainer.get(35) ?? 0) !== 0,
    ignore_merges: false,
    added_tokens: pieces.flatMap(({ text, type }, id) =>
      type === UNKNOWN || type === CONTROL ? [{ id, content: text, special: true }] : [],
    ),
    normalizer: {
      type: "Sequence",
      normalizers: [...(prefix ? [{ type: "Prepend", prepend: "▁" }] : []), space],
    },
    pre_tokenizer: null,
    post_processor: framing(pieces, trainer, config),
    decoder: { type: "Sequence", decoders },
    eos: [],
  };
}

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

function pieceOf(value: number | Uint8Array): Piece {
  const fields = new Map(message(bytesOf(value)));
  const score = fields.get(2);
  return {
    text: decodeUtf8(bytesOf(fields.get(1) ?? new Uint8Array(0)), "a piece"),
    score: score instanceof Uint8Array ? viewOf(score).getFloat32(0, true) : 0,
    type: (fields.get(3) as number | undefined) ?? NORMAL,
  };
}

/** Merges follow from ids where scores fall as they rise, as training leaves them. */
function checkPieces(pieces: readonly Piece[]): void {
  if (pieces.length === 0 || pieces.length > MOST_TOKENS) {
    throw new InvalidInputError(`it must have 1 to ${MOST_TOKENS} pieces, got ${pieces.length}`);
  }
  let last = Infinity;
  for (const [id, { text, score, type }] of pieces.entries()) {
    if (![NORMAL, UNKNOWN, CONTROL, BYTE].includes(type)) {
      refuse(`piece ${id}, ${describe(text)}, of the type ${type === 4 ? "user-defined" : type}`);
    }
    if (type !== NORMAL) continue;
    if (!(score < last)) refuse(`the score of piece ${id}: scores have to fall as ids rise`);
    last = score;
  }
}

function framing(
  pieces: readonly Piece[],
  trainer: ReadonlyMap<number, number | Uint8Array>,
  config: Section,
): Section {
  const token = (field: number, usual: number) => {
    const id = Number(trainer.get(field) ?? usual);
    return pieces[id]?.type === CONTROL ? { id: pieces[id].text, ids: [id] } : undefined;
  };
  const begin = config.add_bos_token === false ? undefined : token(41, 1);
  const end = config.add_eos_token === true ? token(42, 2) : undefined;
  const used = [begin, end].flatMap((one) => one ?? []);
  const part = (one: typeof begin) => (one ? [{ SpecialToken: { id: one.id, type_id: 0 } }] : []);
  return {
    type: "TemplateProcessing",
    single: [...part(begin), { Sequence: { id: "A", type_id: 0 } }, ...part(end)],
    special_tokens: Object.fromEntries(used.map((one) => [one.id, { ...one, tokens: [one.id] }])),
  };
}

function refuse(what: string): never {
  throw new InvalidInputError(`${what} is not supported`);
}

function inner(fields: readonly Field[], wanted: number): Field[] {
  return fields.flatMap(([number, value]) =>
    number === wanted ? [...message(bytesOf(value))] : [],
  );
}

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new InvalidInputError("it is no SentencePiece model: a number where a message should be");
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The fields of a message. @throws InvalidInputError where it ends too soon, or is none */
function* message(bytes: Uint8Array): Generator<Field, void, void> {
  let at = 0;
  const damaged = (): never => {
    throw new InvalidInputError(`it is no SentencePiece model: damage at byte ${at} of a message`);
  };
  const number = (): number => {
    let value = 0;
    for (let shift = 1, i = 0; i < 10; i++, shift *= 128) {
      const byte = bytes[at++] ?? damaged();
      if (i < 7) value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return damaged();
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) damaged();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = number();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) yield [field, number()];
    else if (wire === 1) yield [field, take(8)];
    else if (wire === 2) yield [field, take(number())];
    else if (wire === 5) yield [field, take(4)];
    else damaged();
  }
}
