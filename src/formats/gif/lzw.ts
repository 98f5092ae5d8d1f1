// The compression of GIF (LZW with codes of 3 to 12 bits, the first in the lower bits; GIF89a specification, appendix F).
// It is here because what JavaScript has for it writes warnings of damaged files to the console, reads beyond their ends,
// or takes what is missing as black.

import { damaged } from "../deflate.js";

/** Codes have at most 12 bits. */
const MOST_CODES = 4096;
/** Pixels that a byte can hold at best: a string of all that the table can have, in every 12 bits. */
const RATIO = (MOST_CODES * 8) / 12;

/**
 * The numbers of so many pixels. What is there beyond them is left.
 * @param minimum bits of a number, 1 to 8
 * @throws InvalidInputError where the data are damaged or too short
 */
export function decompress(
  what: string,
  bytes: Uint8Array,
  minimum: number,
  count: number,
): Uint8Array {
  if (count > RATIO * bytes.length) {
    throw damaged(what, `${bytes.length} bytes cannot hold ${count} pixels`);
  }
  const out = new Uint8Array(count);
  const clear = 1 << minimum;
  // Of each code: the code before its last pixel, that pixel, and the length of the whole.
  const before = new Uint16Array(MOST_CODES);
  const last = Uint8Array.from({ length: MOST_CODES }, (_, code) => code);
  const lengths = new Uint16Array(MOST_CODES).fill(1);
  let [next, size, previous] = [clear + 2, minimum + 1, -1];
  let [held, bits, at] = [0, 0, 0];
  for (let n = 0; n < count; ) {
    for (; bits < size && at < bytes.length; bits += 8) held |= bytes[at++] << bits;
    const code = held & ((1 << size) - 1);
    if (bits < size || code === clear + 1) {
      throw damaged(what, `it has ${n} of ${count} pixels`);
    }
    held >>>= size;
    bits -= size;
    if (code === clear) {
      [next, size, previous] = [clear + 2, minimum + 1, -1];
      continue;
    }
    // A code that is made by this very pixel: what was before, and its first pixel again.
    const own = code === next && previous >= 0;
    if (!(own || code < clear || (code < next && previous >= 0))) {
      throw damaged(what, `it has a code ${code} that means nothing`);
    }
    const from = n;
    const length = own ? lengths[previous] + 1 : lengths[code];
    let place = from + length - (own ? 2 : 1);
    for (let one = own ? previous : code; place >= from; place--, one = before[one]) {
      if (place < count) out[place] = last[one];
    }
    n += length;
    if (own && n <= count) out[n - 1] = out[from];
    if (previous >= 0 && next < MOST_CODES) {
      before[next] = previous;
      last[next] = out[from];
      lengths[next] = lengths[previous] + 1;
      next++;
      if (next === 1 << size && size < 12) size++;
    }
    previous = code;
  }
  return out;
}

/** Places of the table of strings; a power of 2 above the number of codes. */
const PLACES = 2 * MOST_CODES;

/** The opposite: bytes, the same everywhere. @param minimum bits of a number, 2 to 8 */
export function compress(numbers: Uint8Array, minimum: number): Uint8Array {
  let out = new Uint8Array(256 + numbers.length);
  let [held, bits, at] = [0, 0, 0];
  const clear = 1 << minimum;
  let [next, size] = [clear + 2, minimum + 1];
  // Strings by the code of all but their last pixel, and that pixel.
  const keys = new Int32Array(PLACES).fill(-1);
  const codes = new Uint16Array(PLACES);
  const emit = (code: number) => {
    held |= code << bits;
    bits += size;
    for (; bits >= 8; bits -= 8) {
      if (at === out.length) out = grown(out);
      out[at++] = held;
      held >>>= 8;
    }
  };
  emit(clear);
  let string = numbers[0];
  for (let i = 1; i < numbers.length; i++) {
    const key = (string << 8) | numbers[i];
    let place = (Math.imul(key, 0x9e3779b1) >>> 19) & (PLACES - 1);
    while (keys[place] >= 0 && keys[place] !== key) place = (place + 1) & (PLACES - 1);
    if (keys[place] === key) {
      string = codes[place];
      continue;
    }
    emit(string);
    if (next === 1 << size && size < 12) size++;
    if (next < MOST_CODES) {
      keys[place] = key;
      codes[place] = next++;
    } else {
      emit(clear);
      keys.fill(-1);
      [next, size] = [clear + 2, minimum + 1];
    }
    string = numbers[i];
  }
  emit(string);
  if (next === 1 << size && size < 12) size++;
  emit(clear + 1);
  size = 8;
  if (bits > 0) emit(0);
  return out.slice(0, at);
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(2 * bytes.length);
  more.set(bytes);
  return more;
}
