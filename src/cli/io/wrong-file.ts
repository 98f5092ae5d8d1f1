// What a file is that was given as something else, from its first bytes: people mix up files, and what
// a reader stumbled over does not tell them so.

import { ModelFileError } from "../../entries/node.js";
import { shellWords } from "../show/format.js";
import { beginnings, OWN, TEXT, UNPACK, UTF16 } from "./beginnings.js";

const PYTORCH =
  "in Python, safetensors.torch.save_file writes weights in a format that programs can load";
/** The first line that train --log writes. */
const LOG = /^\{"step":\d+,"(steps|loss)":/;

const RUN_LOG = { looks: "looks like the log of a run", advice: "to draw it: simdream plot" };

/** What a file looks like, and what can be done about it. */
export interface Looks {
  /** "looks like a text" */
  readonly looks: string;
  readonly advice?: string | undefined;
}

/** What a file is that should have been a model; undefined where it may be one. */
export function notModel(path: string, bytes: Uint8Array): Looks | undefined {
  if (bytes.length === 0) return { looks: "is empty", advice: "was it written to its end?" };
  if (looksLikeSafetensors(bytes)) return undefined;
  return binary(bytes) ?? textual(path, bytes) ?? unknown(bytes);
}

/** What a file is that should have been a text, or a log; undefined where it may be one. */
export function notText(bytes: Uint8Array, expected: "text" | "log" = "text"): Looks | undefined {
  if (looksLikeSafetensors(bytes)) {
    const further = "to train it further, give a text, and the model after --from or --resume";
    const advice = expected === "log" ? "train writes logs with --log" : further;
    return { looks: "looks like a model (safetensors)", advice };
  }
  if (expected === "text" && LOG.test(Buffer.from(bytes.subarray(0, 200)).toString("latin1"))) {
    return RUN_LOG;
  }
  return binary(bytes) ?? (bytes.includes(0) ? withZeros(bytes) : undefined);
}

/** "tiny.txt is no model: it looks like a text. To train a model on it: …" */
export function complaint(path: string, expected: string, { looks, advice = "" }: Looks): string {
  const sentence = advice && `. ${advice[0].toUpperCase()}${advice.slice(1)}`;
  return `${path} is no ${expected}: it ${looks}${sentence}`;
}

/** What `work` makes of a model's file, its errors with the file's name. @throws ModelFileError */
export async function namingFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withPath(path, error);
  }
}

/** An error of a model's file with its name; others as they are. */
export function withPath(path: string, error: unknown): unknown {
  if (!(error instanceof ModelFileError)) return error;
  return new ModelFileError(`${path}: ${error.message}`, { cause: error });
}

/** A length that such files have, and the brace after it. */
function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}

function binary(bytes: Uint8Array): Looks | undefined {
  const head = Buffer.from(bytes.subarray(0, 512)).toString("latin1");
  for (const { start, at = 0, looks, advice } of beginnings) {
    if (head.startsWith(start, at)) return { looks, advice };
  }
  if (head.startsWith("PK\x03\x04")) return zipped(head);
  const [first, second, third] = bytes;
  if (first === 0x80 && second >= 2 && second <= 5) {
    return { looks: "looks like a pickle of Python, as PyTorch saves", advice: PYTORCH };
  }
  // Field 1 of its protocol buffer is a small version, and what follows the name of the producer.
  if (first === 8 && second > 0 && second < 20 && (third === 0x12 || third === 0x3a)) {
    return { looks: "looks like an ONNX model", advice: OWN };
  }
  if (bytes.length > 0 && bytes.subarray(0, 512).every((byte) => byte === 0)) {
    return { looks: "holds nothing but zeros", advice: "was it downloaded to its end?" };
  }
  return undefined;
}

function zipped(head: string): Looks {
  const has = (...names: string[]) => names.some((name) => head.includes(name));
  if (has("data.pkl")) return { looks: "looks like a PyTorch checkpoint (.pt)", advice: PYTORCH };
  if (has(".npy")) return { looks: "looks like arrays of NumPy (.npz)", advice: OWN };
  if (has(".weights.h5")) return { looks: "looks like a model of Keras", advice: OWN };
  if (has("[Content_Types].xml", "word/", "mimetype", "xl/")) {
    return { looks: "looks like a document of an office program, or a book", advice: TEXT };
  }
  return { looks: "looks like a zip archive", advice: UNPACK };
}

/** The rest that is no safetensors file: what can still be said of it. */
function unknown(bytes: Uint8Array): Looks {
  if (bytes.length <= 8) {
    return { looks: `has ${bytes.length} bytes`, advice: "was it written to its end?" };
  }
  if (bytes.includes(0)) return withZeros(bytes);
  const controls = bytes.subarray(0, 4096).filter((byte) => byte < 9 || (byte > 13 && byte < 32));
  return controls.length > 0 ? BINARY : { looks: "looks like a text that is not in UTF-8" };
}

const BINARY = { looks: "looks like a binary file of another program" };

/** No text has zeros, but for one whose characters have two bytes each. */
function withZeros(bytes: Uint8Array): Looks {
  const head = bytes.subarray(0, 64);
  const every = (odd: number) => head.every((byte, i) => i % 2 !== odd || byte === 0);
  return every(0) !== every(1) ? UTF16 : BINARY;
}

function textual(path: string, bytes: Uint8Array): Looks | undefined {
  const head = bytes.subarray(0, 4096);
  let text: string;
  try {
    // As a stream, so that a character cut at the end is none that is damaged.
    text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
  if (/\p{Cc}/u.test(text.replace(/\s/g, ""))) return undefined;
  if (text.trim() === "") return { looks: "holds nothing but white space" };
  if (/^\s*(<!--.*?-->\s*)?<(!doctype html|html)/is.test(text)) {
    return { looks: "looks like a web page", advice: "was it saved in place of the file?" };
  }
  if (LOG.test(text)) return RUN_LOG;
  if (text.startsWith("(dp0") || text.startsWith("(lp0")) {
    return { looks: "looks like a pickle of Python", advice: PYTORCH };
  }
  if (/^\s*(\{\s*["}]|\[\s*[[{"\d\]])/.test(text)) {
    return { looks: "looks like JSON", advice: jsonAdvice(text) };
  }
  const out = path.replace(/\.\w+$/, "");
  const train = shellWords(["simdream", "train", path, "--out", `${out}.safetensors`]);
  return { looks: "looks like a text", advice: `to train a model on it: ${train}` };
}

/** What other programs save beside a model is not the model. */
function jsonAdvice(text: string): string {
  if (/"(weight_map|architectures|model_type|tokenizer_class|added_tokens)"/.test(text)) {
    return `it belongs to a model of another program; ${OWN}`;
  }
  return "give the file that train wrote, which ends with .safetensors";
}
