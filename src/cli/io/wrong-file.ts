// What a file is that was given as something else, from its first bytes: people mix up files, and what
// a reader stumbled over does not tell them so.

const OWN = "simdream reads models that it trained itself";
const TEXT = "save its text as a file of its own";

/** Files that begin with these bytes (as characters), and what people can do with them. */
const beginnings: readonly (readonly [start: string, looks: string, advice?: string])[] = [
  ["GGUF", "looks like a GGUF model of llama.cpp", OWN],
  ["\x89HDF\r\n", "looks like an HDF5 file, of Keras for example", OWN],
  ["\x93NUMPY", "looks like an array of NumPy", OWN],
  ["\x89PNG", "looks like a picture (PNG)"],
  ["\xff\xd8\xff", "looks like a picture (JPEG)"],
  ["GIF8", "looks like a picture (GIF)"],
  ["RIFF", "looks like sound, film or a picture (RIFF)"],
  ["%PDF", "looks like a PDF document", TEXT],
  ["\x1f\x8b", "is compressed by gzip", "unpack it first: gunzip"],
  ["BZh", "is compressed by bzip2", "unpack it first: bunzip2"],
  ["\xfd7zXZ", "is compressed by xz", "unpack it first: unxz"],
  ["\x28\xb5\x2f\xfd", "is compressed by zstd", "unpack it first: unzstd"],
  ["7z\xbc\xaf", "looks like a 7z archive", "unpack it first"],
  ["SQLite format 3", "looks like a database of SQLite", TEXT],
  ["\0asm", "looks like a WebAssembly module"],
  ["\x7fELF", "looks like a program"],
  ["version https://git-lfs", "is a pointer of Git LFS", "git lfs pull fetches the file itself"],
  ["\xff\xfe", "looks like a text in UTF-16", "save it as UTF-8"],
  ["\xfe\xff", "looks like a text in UTF-16", "save it as UTF-8"],
];

const PYTORCH =
  "in Python, safetensors.torch.save_file writes weights in a format that programs can load";

/** What a file looks like, and what can be done about it. */
export interface Looks {
  /** "looks like a text" */
  readonly looks: string;
  readonly advice?: string | undefined;
}

/** What a file is that should have been a model; undefined where it may be one, or is nothing that is known. */
export function notModel(path: string, bytes: Uint8Array): Looks | undefined {
  if (bytes.length === 0) return { looks: "is empty", advice: "was it written to its end?" };
  if (looksLikeSafetensors(bytes)) return undefined;
  return binary(bytes) ?? textual(path, bytes);
}

/** What a file is that should have been a text; undefined where it may be one. */
export function notText(bytes: Uint8Array): Looks | undefined {
  if (looksLikeSafetensors(bytes)) {
    const advice = "to train it further, give a text, and the model after --from or --resume";
    return { looks: "looks like a model (safetensors)", advice };
  }
  return binary(bytes);
}

/** "tiny.txt is no model: it looks like a text. To train a model on it: …" */
export function complaint(path: string, expected: string, { looks, advice = "" }: Looks): string {
  const sentence = advice && `. ${advice[0].toUpperCase()}${advice.slice(1)}`;
  return `${path} is no ${expected}: it ${looks}${sentence}`;
}

/** A length that such files have, and the brace after it. */
function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}

function binary(bytes: Uint8Array): Looks | undefined {
  const head = Buffer.from(bytes.subarray(0, 512)).toString("latin1");
  for (const [start, looks, advice] of beginnings) {
    if (head.startsWith(start)) return { looks, advice };
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
  if (head.slice(257, 262) === "ustar")
    return { looks: "looks like a tar archive", advice: "unpack it first" };
  if (bytes.length > 0 && bytes.subarray(0, 512).every((byte) => byte === 0)) {
    return { looks: "holds nothing but zeros", advice: "was it downloaded to its end?" };
  }
  return undefined;
}

function zipped(head: string): Looks {
  if (head.includes("data.pkl"))
    return { looks: "looks like a PyTorch checkpoint (.pt)", advice: PYTORCH };
  if (head.includes(".npy")) {
    return { looks: "looks like arrays of NumPy (.npz)", advice: OWN };
  }
  return { looks: "looks like a zip archive", advice: "unpack it first" };
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
  if (/^\s*<(!doctype html|html)/i.test(text)) {
    return { looks: "looks like a web page", advice: "was it saved in place of the file?" };
  }
  if (text.startsWith('{"step":')) return { looks: "looks like the log of a run" };
  if (/^\s*(\{\s*"|\[\s*[[{"\d])/.test(text)) {
    return {
      looks: "looks like JSON",
      advice: "give the file that train wrote, which ends with .safetensors",
    };
  }
  const out = path.replace(/\.\w+$/, "");
  return {
    looks: "looks like a text",
    advice: `to train a model on it: simdream train ${path} --out ${out}.safetensors`,
  };
}
