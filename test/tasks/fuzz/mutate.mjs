// Damage to files, drawn from a seed: to their bytes, or to what their header and its metadata say.

/** Numbers in [0, 1) that depend on a seed and a place alone (mulberry32). */
export function numbers(seed, place) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b)) >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(random() * n);
  return { random, below, pick: (list) => list[below(list.length)] };
}

/** A copy with one to eight wounds, most of them in the header. */
export function woundBytes(bytes, draw) {
  let out = Buffer.from(bytes);
  for (let n = 1 + draw.below(8); n > 0 && out.length > 0; n--) out = wound(out, draw);
  return new Uint8Array(out);
}

function wound(bytes, { random, below, pick }) {
  const header = Math.min(bytes.length, 8 + headerLength(bytes));
  const within = random() < 0.8 ? header : bytes.length;
  const at = below(Math.max(1, within));
  const length = 1 + below(pick([4, 64, 4096]));
  const part = bytes.subarray(at, at + length);
  switch (below(9)) {
    case 0:
      bytes[at] ^= 1 << below(8);
      return bytes;
    case 1:
      bytes[at] = pick([0, 0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x80, 0xff, below(256)]);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    case 5:
      part.fill(pick([0, 0x20, 0x5b, 0x39, 0xff]));
      return bytes;
    case 6:
      Buffer.from(part).copy(bytes, below(bytes.length));
      return bytes;
    case 7:
      if (bytes.length >= 8)
        bytes.writeBigUInt64LE(BigInt(pick([0, 1, 2 ** 31, 2 ** 53, below(9999)])));
      return bytes;
    default:
      for (let i = 0; i < length; i++) bytes[below(within)] = below(256);
      return bytes;
  }
}

const headerLength = (bytes) =>
  bytes.length < 8 ? 0 : Number(bytes.readBigUInt64LE() % 2n ** 31n);

/** The header as text, its description as JSON, and the data. */
function open(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return { header, data: bytes.subarray(8 + length) };
}

/** A file whose header and description are well-formed JSON that says something else. */
export function changeHeader(bytes, draw) {
  return withHeader(bytes, draw, (header, description) => {
    for (let n = 1 + draw.below(4); n > 0; n--) {
      change(description && draw.random() < 0.7 ? description : header, draw);
    }
  });
}

/** A file whose description says something else that it could say: what is behind the first checks is reached. */
export function nudgeDescription(bytes, draw) {
  return withHeader(bytes, draw, (header, description) => {
    for (let n = 1 + draw.below(2); n > 0; n--) nudge(description ?? header, draw);
  });
}

function withHeader(bytes, draw, changed) {
  const { header, data } = open(bytes);
  const metadata = header.__metadata__;
  const description = metadata && JSON.parse(metadata.simdream);
  changed(header, description);
  if (description && typeof header.__metadata__ === "object" && header.__metadata__)
    header.__metadata__.simdream = write(description, draw);
  const text = Buffer.from(write(header, draw));
  const file = Buffer.alloc(8 + text.length + data.length);
  file.writeBigUInt64LE(BigInt(text.length));
  text.copy(file, 8);
  file.set(data, 8 + text.length);
  return new Uint8Array(file);
}

/** JSON, of which one in ten has a name twice or numbers as JavaScript does not write them. */
function write(json, { random, pick }) {
  const text = JSON.stringify(json) ?? "null";
  if (random() > 0.1) return text;
  const [from, to] = pick([
    [/"(\w+)":/, '"$1":0,"$1":'],
    [/\b(\d+)\b/, "$1e0"],
    [/\b(\d+)\b/, "-$1"],
    [/\b(\d+)\b/, "1$1$1$1$1$1$1$1$1"],
    [/"/, '"\\ud800'],
    [/:/, ":  \n\t "],
  ]);
  return text.replace(from, to);
}

/** Walks down at random, and changes what it ends at. */
export function change(root, draw) {
  const { random, below, pick } = draw;
  let at = root;
  for (;;) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = pick(keys);
    const child = at[key];
    if (typeof child === "object" && child !== null && random() < 0.8) {
      at = child;
      continue;
    }
    const kind = below(8);
    if (kind === 0) delete at[key];
    else if (kind === 1) put(at, pick([...keys, ...names]), child);
    else if (kind === 2 && typeof child === "number") at[key] = child + pick([-1, 1, 0.5, 1e9]);
    else if (kind === 3 && typeof child === "string")
      at[key] = child + pick(["\0", "\ud800", "x", "\x1b["]);
    else if (kind === 4) at[key] = at[pick(keys)];
    else at[key] = value(draw, 0);
    return;
  }
}

/** Walks down at random, and changes what it ends at a little: to another value of its kind. */
export function nudge(root, draw) {
  const { random, below, pick } = draw;
  let at = root;
  for (;;) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = pick(keys);
    const child = at[key];
    if (typeof child === "object" && child !== null && random() < 0.95) at = child;
    else {
      if (typeof child === "number")
        at[key] = pick([0, 1, 2, 3, child + 1, 2 * child, child / 2, 0.5, 1e4]);
      else if (typeof child === "boolean") at[key] = !child;
      else if (typeof child === "string") at[key] = pick(words);
      else if (Array.isArray(child)) at[key] = child.slice(below(child.length + 1));
      else if (below(2)) delete at[key];
      else at[key] = pick([1, 8, true, "char", null]);
      return;
    }
  }
}

const words = [
  ...["lstm", "gru", "transformer", "llama", "gpt2", "dense", "convolution", "unet", "mlp", "dit"],
  ...["char", "byte", "bpe", "none", "luong", "adam", "sgd", "cosine", "plateau", "steps", "best"],
  ...["batch", "group", "flow", "noise", "velocity", "hinge", "streams", "int8", "int8-stored", ""],
];

/** A member of any name, "__proto__" too; lists only grow. */
function put(at, name, child) {
  if (Array.isArray(at)) at.push(child);
  else
    Object.defineProperty(at, name, {
      value: child,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

const names = [
  "__proto__",
  "constructor",
  "toString",
  "length",
  "then",
  "\x1b[31m",
  "x".repeat(300),
];

/** What no reader expects. */
function value(draw, depth) {
  const { below, pick } = draw;
  if (depth < 3 && below(4) === 0) {
    const parts = Array.from({ length: below(4) }, () => value(draw, depth + 1));
    return below(2) ? parts : Object.fromEntries(parts.map((part) => [pick(names), part]));
  }
  return pick([
    ...[null, true, false, 0, -0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, 1e21],
    ...["", "0", "NaN", "\0", "lstm", "\ud800", "y".repeat(1 + below(5000)), "今", "😀"],
    ...[[], {}, [[]], [null], { toString: 1 }, { toString: null, valueOf: 1 }],
    Array.from({ length: below(300) }, (_, i) => i),
  ]);
}
