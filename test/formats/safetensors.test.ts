import { describe, expect, test } from "vitest";
import {
  type Dtype,
  f32Data,
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { InvalidInputError, ModelFileError } from "../../src/host/errors.js";
import { safetensorsFile as file } from "./files.js";

/** A header whose only tensor "a" has this entry. */
const entry = (json: string) => `{"a":${json}}`;
const shaped = (shape: string) => entry(`{"dtype":"U8","shape":${shape},"data_offsets":[0,4]}`);
const placed = (offsets: string) => entry(`{"dtype":"U8","shape":[4],"data_offsets":${offsets}}`);
const two = (first: string, second: string) =>
  `{"a":{"dtype":"U8","shape":[4],"data_offsets":${first}},` +
  `"b":{"dtype":"U8","shape":[4],"data_offsets":${second}}}`;
const withLength = (length: bigint, following: number) => {
  const bytes = new Uint8Array(8 + following).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
};

function raw(name: string, dtype: Dtype, shape: number[], data: Uint8Array): TensorEntry {
  return { name, dtype, shape, data };
}

describe("round trip", () => {
  const dtypes = Object.entries({
    ...{ BOOL: 1, U8: 1, I8: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
    ...{ I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
  }) as [Dtype, number][];

  test("keeps names, order, dtypes, shapes, bytes and metadata", () => {
    const entries = dtypes.map(([dtype, size], k) =>
      raw(
        `t.${dtype}`,
        dtype,
        [2, 3],
        Uint8Array.from({ length: 6 * size }, (_, i) => i * 7 + k),
      ),
    );
    const odd = ["__proto__", "constructor", "10", "9", "", 'q"\\\n', "权重😀"];
    for (const name of odd) entries.push(raw(name, "U8", [1], Uint8Array.of(name.length)));
    entries.push(raw("scalar", "F32", [], new Uint8Array(4)));
    entries.push(raw("empty", "I64", [3, 0], new Uint8Array(0)));
    entries.push(raw("last", "U8", [3], Uint8Array.of(1, 2, 3)));
    const metadata = new Map([
      ["format", "pt"],
      ["__proto__", "x"],
      ["2", "two\u0000"],
      ["1", "one"],
    ]);
    const bytes = writeSafetensors(entries, metadata);
    const read = readSafetensors(bytes);
    expect([...read.tensors.values()]).toEqual(entries);
    expect([...read.metadata]).toEqual([...metadata]);
    expect(writeSafetensors(read.tensors.values(), read.metadata)).toEqual(bytes);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  test("aligns the header to 8 bytes and writes no metadata where there is none", () => {
    for (let n = 0; n < 9; n++) {
      const bytes = writeSafetensors([raw("x".repeat(n), "U8", [1], Uint8Array.of(n))]);
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      expect(length % 8).toBe(0);
      expect(new TextDecoder().decode(bytes.subarray(8))).not.toContain("__metadata__");
    }
    expect(readSafetensors(writeSafetensors([])).tensors.size).toBe(0);
    const record = readSafetensors(writeSafetensors([], { a: "b" }));
    expect([...record.metadata]).toEqual([["a", "b"]]);
  });

  test("reads a file at an odd offset, as views into it", () => {
    const written = writeSafetensors([f32Entry("w", [3], Float32Array.of(1, -2, 0.5))]);
    const host = Buffer.alloc(written.length + 3);
    host.set(written, 3);
    const { data, name } = readSafetensors(host.subarray(3)).tensors.get("w")!;
    expect(name).toBe("w");
    expect(data.buffer).toBe(host.buffer);
    expect(data.constructor).toBe(Uint8Array);
    const values = f32Data({ name, dtype: "F32", shape: [3], data });
    expect([...values]).toEqual([1, -2, 0.5]);
    host.fill(0);
    expect([...values]).toEqual([1, -2, 0.5]);
  });

  test("reads entries in any order and keys in any order, with spaces", () => {
    const b = `"b" : { "shape":[ 4 ] ,"data_offsets":[4 , 8],\n"dtype":"U8"}`;
    const a = `"\\u0061":{"data_offsets":[0,4],"dtype":"U8","shape":[2,2]}`;
    const read = readSafetensors(file(`{ ${b},\t${a} }  \n`, 8));
    expect([...read.tensors.keys()]).toEqual(["a", "b"]);
    expect(read.tensors.get("a")?.shape).toEqual([2, 2]);
  });
});

describe("a hostile file is refused", () => {
  const deep = (n: number) => "[".repeat(n) + "]".repeat(n);
  const good = `{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`;
  const cases: [string, Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(0), /start: expected at least 8 bytes, got 0/],
    ["7 bytes", new Uint8Array(7), /start: expected at least 8 bytes, got 7/],
    [
      "header beyond the file",
      withLength(100n, 99),
      /header length: expected at most the 99 bytes that follow .*got 100$/,
    ],
    [
      "header over the cap",
      withLength(16_000_001n, 4),
      /header length: expected at most 16000000 bytes, got 16000001/,
    ],
    [
      "header of 2^64 - 1 bytes",
      withLength(2n ** 64n - 1n, 4),
      /the length of a header: this is no safetensors file, got /,
    ],
    ["no header", file(""), /header: expected { as its first byte, got no header/],
    ["header of spaces", file("        "), /header: expected { as its first byte, got byte 32/],
    ["space before {", file(" {}"), /expected { as its first byte, got byte 32/],
    ["array header", file("[]"), /expected { as its first byte, got byte 91/],
    ["invalid UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22)), /header: expected valid UTF-8/],
    ["cut UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xe6, 0x9d)), /header: expected valid UTF-8/],
    ["unclosed header", file("{"), /header: expected a key, got the end/],
    ["unclosed string", file('{"a'), /header: expected a key, a well-formed string, got "a/],
    ["ends in an escape", file('{"a\\'), /header: expected a key, a well-formed string/],
    ["raw control in a name", file('{"a\n":1}'), /expected a key, a well-formed string/],
    ["half a surrogate pair", file('{"\\ud800":1}'), /a well-formed string, got "\\ud800"/],
    ["no colon", file('{"a"}'), /header: expected a colon after "a", got }/],
    ["no comma", file(`{"a":${good}"b":1}`, 4), /header: expected a comma or }, got "b"/],
    ["trailing comma", file(`{"a":${good},}`, 4), /header: expected a key, got }/],
    ["text after }", file("{}x"), /header: expected spaces after the last }, got x/],
    ["zero after }", file("{}\0"), /header: expected spaces after the last }/],
    ["deep entry", file(entry(deep(1e6))), /tensor "a": expected an object, got \[/],
    ["deep objects", file('{"a":'.repeat(1e6)), /tensor "a": expected no keys but dtype.*got "a"/],
    ["deep shape", file(shaped(deep(1e6))), /"a", shape: expected a whole number.*got \[/],
    [
      "deep metadata",
      file(`{"__metadata__":{"k":${deep(1e6)}}}`),
      /metadata "k": expected a string/,
    ],
    [
      "tensor twice",
      file(`{"a":${good},"a":${good}}`, 4),
      /header: expected every key once, got "a" twice/,
    ],
    ["tensor twice, escaped", file(`{"a":${good},"\\u0061":${good}}`, 4), /got "a" twice/],
    [
      "__proto__ twice",
      file(`{"__proto__":${good},"__proto__":${good}}`, 4),
      /got "__proto__" twice/,
    ],
    ["metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`), /got "__metadata__" twice/],
    [
      "metadata key twice",
      file(`{"__metadata__":{"k":"1","k":"2"}}`),
      /metadata: expected every key once, got "k" twice/,
    ],
    [
      "dtype twice",
      file(entry(`{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}`), 4),
      /tensor "a": expected every key once, got "dtype" twice/,
    ],
    [
      "unknown key",
      file(entry(`{"dtype":"U8","x":1}`)),
      /tensor "a": expected no keys but dtype.*got "x"/,
    ],
    ["__proto__ in an entry", file(entry(`{"__proto__":1}`)), /got "__proto__"/],
    ["entry null", file(entry("null")), /tensor "a": expected an object, got null/],
    ["entry a number", file(entry("1")), /tensor "a": expected an object, got 1/],
    ["metadata an array", file(`{"__metadata__":[]}`), /metadata: expected an object, got \[/],
    ["metadata value", file(`{"__metadata__":{"k":1}}`), /metadata "k": expected a string, got 1/],
    [
      "metadata null",
      file(`{"__metadata__":{"k":null}}`),
      /metadata "k": expected a string, got null/,
    ],
    [
      "no dtype",
      file(entry(`{"shape":[4],"data_offsets":[0,4]}`), 4),
      /"a": expected a dtype, got none/,
    ],
    [
      "no shape",
      file(entry(`{"dtype":"U8","data_offsets":[0,4]}`), 4),
      /"a": expected a shape, got none/,
    ],
    [
      "no offsets",
      file(entry(`{"dtype":"U8","shape":[4]}`), 4),
      /"a": expected data_offsets, got none/,
    ],
    [
      "dtype a number",
      file(entry(`{"dtype":8,"shape":[4],"data_offsets":[0,4]}`), 4),
      /"a", dtype: expected one of BOOL, .*F64, got 8/,
    ],
    [
      "dtype unknown",
      file(entry(`{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}`), 4),
      /"a", dtype: expected one of BOOL, .*F64, got "F8_E4M3"/,
    ],
    [
      "dtype constructor",
      file(entry(`{"dtype":"constructor","shape":[4],"data_offsets":[0,4]}`), 4),
      /"a", dtype: expected one of .*, got "constructor"/,
    ],
    ["shape a number", file(shaped("4"), 4), /"a", shape: expected an array, got 4/],
    ["shape of strings", file(shaped('["4"]'), 4), /"a", shape: expected a whole number.*got "4"/],
    [
      "shape unclosed",
      file(shaped("[4"), 4),
      /shape: expected a whole number|shape: expected a comma/,
    ],
    ["shape negative", file(shaped("[-4]"), 4), /"a", shape: expected a whole number.*got -4/],
    ["shape minus zero", file(shaped("[-0]"), 4), /"a", shape: expected a whole number.*got -0/],
    ["shape fractional", file(shaped("[4.5]"), 4), /"a", shape: expected a whole number.*got 4.5/],
    ["shape exponent", file(shaped("[4e0]"), 4), /"a", shape: expected a whole number.*got 4e0/],
    ["shape leading zero", file(shaped("[04]"), 4), /"a", shape: expected a whole number.*got 04/],
    ["shape hole", file(shaped("[4,]"), 4), /"a", shape: expected a whole number.*got \]/],
    [
      "shape unsafe",
      file(shaped("[9007199254740992]"), 4),
      /shape: expected a whole number.*got 9007199254740992/,
    ],
    ["shape endless", file(shaped(`[${"9".repeat(1e6)}]`), 4), /shape: expected a whole number/],
    [
      "shape overflows",
      file(shaped("[4294967296,4294967296]"), 4),
      /"a", shape: expected fewer than 2\^53 bytes, got U8 \[4294967296, 4294967296\]/,
    ],
    [
      "shape overflows to 4 in 64 bits",
      file(shaped("[4611686018427387905,4]"), 4),
      /"a", shape: expected a whole number/,
    ],
    [
      "shape of 65",
      file(shaped(`[${"1,".repeat(64)}4]`), 4),
      /shape: expected at most 64 numbers, got more/,
    ],
    [
      "offsets of one",
      file(placed("[0]"), 4),
      /"a", data_offsets: expected \[begin, end\].*got \[0\]/,
    ],
    [
      "offsets of three",
      file(placed("[0,4,8]"), 4),
      /data_offsets: expected \[begin, end\].*got \[0, 4, 8\]/,
    ],
    [
      "offsets negative",
      file(placed("[-4,0]"), 4),
      /data_offsets: expected a whole number.*got -4/,
    ],
    [
      "offsets fractional",
      file(placed("[0,4.0]"), 4),
      /data_offsets: expected a whole number.*got 4\.0/,
    ],
    [
      "offsets of strings",
      file(placed('["0","4"]'), 4),
      /data_offsets: expected a whole number.*got "0"/,
    ],
    [
      "offsets reversed",
      file(placed("[4,0]"), 4),
      /"a", data_offsets: expected \[begin, end\] with begin at most end, got \[4, 0\]/,
    ],
    [
      "offsets beyond the file",
      file(placed("[0,4]"), 3),
      /"a", data_offsets: expected an end within the 3 bytes of data \(the file is cut off\), got \[0, 4\]/,
    ],
    [
      "offsets unlike the shape",
      file(placed("[0,3]"), 3),
      /"a", data_offsets: expected 4 bytes for U8 \[4\], got 3 bytes, \[0, 3\]/,
    ],
    [
      "offsets unlike the dtype",
      file(entry(`{"dtype":"F32","shape":[4],"data_offsets":[0,4]}`), 4),
      /"a", data_offsets: expected 16 bytes for F32 \[4\], got 4 bytes/,
    ],
    [
      "overlap",
      file(two("[0,4]", "[2,6]"), 6),
      /"b", data_offsets: expected a begin at 4, where the one before ends, got 2, an overlap/,
    ],
    ["the same data twice", file(two("[0,4]", "[0,4]"), 4), /"b".*at 4.*got 0, an overlap/],
    [
      "hole",
      file(two("[0,4]", "[5,9]"), 9),
      /"b", data_offsets: expected a begin at 4, where the one before ends, got 5, a hole/,
    ],
    ["hole at the start", file(placed("[1,5]"), 5), /"a".*expected a begin at 0.*got 1, a hole/],
    [
      "trailing bytes",
      file(placed("[0,4]"), 5),
      /end: expected 4 bytes of data, as the tensors say, got 5/,
    ],
    ["data without tensors", file("{}", 1), /end: expected 0 bytes of data.*got 1/],
  ];
  test.each(cases)("%s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(ModelFileError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  test("not bytes at all", () => {
    const text = "{}" as unknown as Uint8Array;
    expect(() => readSafetensors(text)).toThrow(InvalidInputError);
  });

  test("2,000 damaged files: a valid read or a ModelFileError", () => {
    const valid = writeSafetensors(
      [
        f32Entry("lstm.weight_ih_l0", [2, 3], new Float32Array(6)),
        raw("ids", "U8", [5], new Uint8Array(5)),
        f32Entry("empty", [0], new Float32Array(0)),
      ],
      { format: "pt", config: '{"hidden":2}' },
    );
    let state = 1;
    const next = (bound: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    let reads = 0;
    for (let i = 0; i < 2000; i++) {
      const bytes = valid.slice(0, next(4) === 0 ? next(valid.length + 1) : valid.length);
      for (let flips = next(4); flips > 0 && bytes.length > 0; flips--) {
        const at = next(bytes.length);
        bytes[at] = next(2) === 0 ? bytes[at] ^ (1 << next(8)) : next(256);
      }
      try {
        const { tensors } = readSafetensors(bytes);
        for (const { data } of tensors.values()) expect(data.buffer).toBe(bytes.buffer);
        reads++;
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFileError);
      }
    }
    expect(reads).toBeGreaterThan(100);
    expect(reads).toBeLessThan(1900);
  });
});

describe("the writer refuses", () => {
  const byte = raw("a", "U8", [1], Uint8Array.of(1));
  const cases: [string, TensorEntry[], RegExp][] = [
    ["a name twice", [byte, byte], /names must differ, but "a" was given twice/],
    [
      "the metadata's name",
      [{ ...byte, name: "__metadata__" }],
      /"__metadata__" is the metadata's/,
    ],
    ["half a surrogate pair", [{ ...byte, name: "\ud800" }], /name must be well-formed text/],
    ["too much data", [{ ...byte, data: new Uint8Array(2) }], /"a".*\[1\] needs 1 bytes.*got 2/],
    [
      "a shape of fractions",
      [{ ...byte, shape: [0.5] }],
      /"a".*shape \[0.5\] must have whole sizes/,
    ],
    [
      "an unknown dtype",
      [{ ...byte, dtype: "F8" as Dtype }],
      /dtype F8.*a dtype that is one of BOOL/,
    ],
    [
      "data that is not bytes",
      [{ ...byte, data: Float32Array.of(1) as unknown as Uint8Array }],
      /needs 1 bytes in a Uint8Array, got 4/,
    ],
  ];
  test.each(cases)("%s", (_, entries, message) => {
    expect(() => writeSafetensors(entries)).toThrow(InvalidInputError);
    expect(() => writeSafetensors(entries)).toThrow(message);
  });

  test("metadata that is not text, and an f32Entry of another size", () => {
    const metadata = { steps: 1 } as unknown as Record<string, string>;
    expect(() => writeSafetensors([], metadata)).toThrow(/metadata "steps" must be.*got 1/);
    expect(() => f32Entry("w", [2, 2], new Float32Array(3))).toThrow(/"w".*needs 16 bytes.*got 12/);
  });
});

describe("f32Data", () => {
  const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

  test("widens F16 and BF16 exactly", () => {
    const halves = words(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x8000, 0x7c00, 0xfc00);
    const f16 = f32Data(raw("h", "F16", [9], halves));
    expect([...f16]).toEqual([
      ...[1, -2, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, -0, Infinity, -Infinity],
    ]);
    expect(f32Data(raw("h", "F16", [], words(0x7e00)))[0]).toBeNaN();
    const bf16 = f32Data(raw("b", "BF16", [3], words(0x3f80, 0xc000, 0x7f80)));
    expect([...bf16]).toEqual([1, -2, Infinity]);
  });

  test("rounds F64 to the nearest float and refuses what no float holds", () => {
    const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
    expect([...f32Data(raw("d", "F64", [2], doubles(0.1, -Infinity)))]).toEqual([
      ...[Math.fround(0.1), -Infinity],
    ]);
    const large = raw("d", "F64", [1], doubles(1e300));
    expect(() => f32Data(large)).toThrow(
      /"d": expected numbers that a float can hold, got 1e\+300/,
    );
  });

  test("refuses other dtypes, also of no elements, and data of another size", () => {
    for (const n of [0, 2]) {
      const ids = raw("ids", "I32", [n], new Uint8Array(4 * n));
      expect(() => f32Data(ids)).toThrow(ModelFileError);
      expect(() => f32Data(ids)).toThrow(/tensor "ids": expected dtype F32, .*, got I32/);
    }
    const short = raw("w", "F32", [2], new Uint8Array(7));
    expect(() => f32Data(short)).toThrow(/tensor "w": expected data for F32 \[2\], got 7 bytes/);
  });
});
