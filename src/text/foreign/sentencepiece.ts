// SentencePiece's own file, `tokenizer.model`: a message of Protocol Buffers (sentencepiece_model.proto).

import { describe, InvalidInputError } from "../../host/errors.js";
import { wholeText } from "../utf8.js";
import { framed } from "./framing.js";
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
    const name = textOf(rules.get(1) ?? new Uint8Array(0));
    refuse(`the normalization ${describe(name)}; it may be "identity"`);
  }
  if (rules.get(4) !== 0) refuse("remove_extra_whitespaces");
  if (rules.get(5) === 0) refuse("a model without escape_whitespaces");
  checkTypes(pieces);
  const prefix = rules.get(3) !== 0;
  const space = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const decoders = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ];
  const unknown = pieces.find(({ type }) => type === UNKNOWN);
  const control = (id: number) =>
    pieces[id]?.type === CONTROL ? { id: pieces[id].text, ids: [id] } : undefined;
  const begin = control(Number(trainer.get(41) ?? 1));
  const end = control(Number(trainer.get(42) ?? 2));
  return {
    kind: "hugging-face",
    size: pieces.length,
    tokens: pieces.map(({ text }) => text),
    merges: { last: lastOf(pieces) },
    byte_fallback: Number(trainer.get(35) ?? 0) !== 0,
    ignore_merges: false,
    ...(unknown === undefined ? {} : { unk_token: unknown.text }),
    added_tokens: pieces.flatMap(({ text, type }, id) =>
      type === UNKNOWN || type === CONTROL ? [{ id, content: text, special: true }] : [],
    ),
    normalizer: {
      type: "Sequence",
      normalizers: [...(prefix ? [{ type: "Prepend", prepend: "▁" }] : []), space],
    },
    pre_tokenizer: null,
    post_processor: framed(
      config.add_bos_token === false ? undefined : begin,
      config.add_eos_token === true ? end : undefined,
    ),
    decoder: { type: "Sequence", decoders },
    ...(begin === undefined ? {} : { bos: begin.ids[0] }),
    eos: end?.ids ?? [],
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
    text: textOf(fields.get(1) ?? new Uint8Array(0)),
    score: score instanceof Uint8Array ? viewOf(score).getFloat32(0, true) : 0,
    type: (fields.get(3) as number | undefined) ?? NORMAL,
  };
}

function checkTypes(pieces: readonly Piece[]): void {
  if (pieces.length === 0 || pieces.length > MOST_TOKENS) {
    throw new InvalidInputError(`it must have 1 to ${MOST_TOKENS} pieces, got ${pieces.length}`);
  }
  for (const [id, { text, type }] of pieces.entries()) {
    if ([NORMAL, UNKNOWN, CONTROL, BYTE].includes(type)) continue;
    refuse(`piece ${id}, ${describe(text)}, of the type ${type === 4 ? "user-defined" : type}`);
  }
}

/**
 * The best pair is the one that makes the piece of the highest score. Scores fall as ids rise, as training leaves
 * them, but for some pieces with one score below all others, which are returned: runs of spaces in Llama's.
 */
function lastOf(pieces: readonly Piece[]): number[] {
  const normal = Array.from(pieces.keys()).filter((id) => pieces[id].type === NORMAL);
  const score = (id: number) => pieces[id].score;
  const least = normal.reduce((lowest, id) => Math.min(lowest, score(id)), Infinity);
  const others = normal.filter((id) => score(id) > least);
  for (let i = 1; i < others.length; i++) {
    if (score(others[i]) < score(others[i - 1])) continue;
    refuse(`the score of piece ${others[i]}: scores have to fall as ids rise`);
  }
  const last = normal.filter((id) => score(id) === least);
  return last.length === 1 && last[0] > (others.at(-1) ?? -1) ? [] : last;
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

/** With a byte order mark, which is a piece of its own. */
function textOf(value: number | Uint8Array): string {
  const text = wholeText(bytesOf(value));
  if (text !== undefined) return text;
  throw new InvalidInputError("it is no SentencePiece model: a text in it is not valid UTF-8");
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
