// What the text of a token is: the section "decoder".

import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { byteOf } from "./byte-characters.js";
import { checkString, partsOf, patternOf, refuseType, type Section } from "./sections.js";

type Change = (text: string) => string;

/** How tokens become text. */
export interface Decoder {
  /** UTF-8 bytes of a token by what it is called in the vocabulary. */
  readonly bytesOf: (token: string) => Uint8Array;
  /** What is taken off the beginning and the end of a text. */
  readonly strip: Change;
}

/** The name of a byte that is a token of its own, for characters that a vocabulary lacks. */
const BYTE = /^<0x([0-9A-F]{2})>$/;

/** The section "decoder". @throws InvalidInputError for what is not supported, by its type */
export function decoderOf(section: unknown): Decoder {
  const parts = partsOf("decoder", section, "decoders");
  if (parts.length === 0) {
    throw new InvalidInputError("decoder must say how tokens become text, but there is none");
  }
  if (parts[0].type === "ByteLevel" && parts.length === 1) {
    return { bytesOf: bytesOfCharacters, strip: (text) => text };
  }
  const changes: Change[] = [];
  const strips: Change[] = [];
  let [bytes, fused] = [false, false];
  for (const part of parts) {
    const { type } = part;
    if (type === "ByteFallback" && !fused) bytes = true;
    else if (type === "Fuse") fused = true;
    else if (type === "Strip" && fused) strips.push(stripOf(part));
    else if (type === "Replace" && !bytes && !fused) changes.push(replaceOf(part));
    else if (type === "Metaspace" && !bytes && !fused) {
      const mark = checkString("decoder.replacement", part.replacement, "▁");
      changes.push((token) => token.replaceAll(mark, () => " "));
      const never = part.prepend_scheme === "never" || part.add_prefix_space === false;
      if (!never) strips.push(stripper(" ", 1, 0));
    } else return refuse(part);
  }
  return {
    bytesOf: (token) => {
      const byte = bytes ? BYTE.exec(token) : null;
      if (byte) return Uint8Array.of(Number.parseInt(byte[1], 16));
      return new TextEncoder().encode(changes.reduce((text, change) => change(text), token));
    },
    strip: (text) => strips.reduce((stripped, strip) => strip(stripped), text),
  };
}

function refuse(part: Section): never {
  const order = "Replace of a String, Metaspace, ByteFallback, Fuse and Strip, in this order";
  return refuseType("decoder", part, `ByteLevel, or a Sequence of ${order}`);
}

function replaceOf(part: Section): Change {
  const { text: from } = patternOf("decoder", part);
  const to = checkString("decoder.content", part.content);
  return from === undefined ? refuse(part) : (token) => token.replaceAll(from, () => to);
}

function stripOf(part: Section): Change {
  const rule = { integer: true, min: 0, max: 64 };
  const start = checkNumber("decoder.start", part.start, rule);
  const stop = checkNumber("decoder.stop", part.stop, rule);
  return stripper(checkString("decoder.content", part.content), start, stop);
}

/** Takes off up to `start` and `stop` times what is at the beginning and the end. */
function stripper(content: string, start: number, stop: number): Change {
  const { length } = content;
  return (text) => {
    let [from, to] = [0, text.length];
    for (let i = 0; i < start && text.startsWith(content, from); i++) from += length;
    for (let i = 0; i < stop && to - from >= length && text.endsWith(content, to); i++)
      to -= length;
    return text.slice(from, to);
  };
}

/** Each character stands for a byte, or the token is a text as it is. */
function bytesOfCharacters(token: string): Uint8Array {
  const bytes = Array.from(token, byteOf);
  return bytes.includes(-1) ? new TextEncoder().encode(token) : Uint8Array.from(bytes);
}
