// Animated GIF and PNG files: those that another program wrote, those that we write, and damaged ones.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkAnimation } from "../../src/formats/animation.js";
import { crc32 } from "../../src/formats/checksums.js";
import { isGIF, readGIF } from "../../src/formats/gif/decode.js";
import { encodeGIF } from "../../src/formats/gif/encode.js";
import { compress, decompress } from "../../src/formats/gif/lzw.js";
import { readAPNG } from "../../src/formats/png/animation.js";
import { encodeAnimation } from "../../src/formats/png/encode.js";
import { InvalidInputError } from "../../src/host/errors.js";

interface Case {
  name: string;
  file: string;
  width: number;
  height: number;
  count: number;
  data: string;
}

const cases = JSON.parse(
  readFileSync(new URL("../golden/animations.json", import.meta.url), "utf8"),
) as Case[];
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const read = (bytes: Uint8Array) => (isGIF(bytes) ? readGIF : readAPNG)("a", bytes);

/** Pictures as RGBA, what is transparent black. */
function seen(frames: Iterable<Uint8Array>): Uint8Array {
  const all = Uint8Array.from([...frames].flatMap((frame) => [...frame]));
  for (let at = 0; at < all.length; at += 4) if (all[at + 3] === 0) all.fill(0, at, at + 3);
  return all;
}

describe("files of another program", () => {
  test.each(cases)("$name", ({ file, width, height, count, data }) => {
    const animation = read(bytesOf(file));
    expect(animation).toMatchObject({ width, height });
    expect(animation.delays).toEqual(Array(count).fill(7));
    expect(seen(animation.frames())).toEqual(bytesOf(data));
  });
});

test("what is half transparent is put over by its share of what is seen", () => {
  const [first, second] = [
    [200, 0, 0, 255, 200, 0, 0, 100, 9, 9, 9, 0],
    [0, 100, 0, 51, 0, 100, 0, 51, 0, 100, 0, 51],
  ].map((data) => ({ width: 3, height: 1, channels: 4 as const, data: Uint8Array.from(data) }));
  const bytes = Buffer.from(
    encodeAnimation({ pictures: [first, second], delays: [1, 1], loops: 0 }),
  );
  // The second control's last byte says how.
  const at = bytes.lastIndexOf("fcTL");
  bytes[at + 4 + 25] = 1;
  bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 30)), at + 30);
  const [, shown] = readAPNG("a", new Uint8Array(bytes)).frames();
  // 51 of 255 is a fifth: 0.8 · 200, 0.2 · 100; where there was 100: 51 and 0.8 · 100 = 80 of 131.
  expect([...shown]).toEqual([160, 20, 0, 255, 122, 39, 0, 131, 0, 100, 0, 51]);
});

/** A little of everything, the same everywhere. */
function noise(length: number, most = 256, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % most;
  });
}

describe("the compression of GIF", () => {
  test.each([
    [1, 2, 2],
    [50_000, 2, 2],
    [50_000, 256, 8],
    [50_000, 3, 2],
    [50_000, 1, 2],
    [300_000, 17, 5],
  ])("%i pixels of %i colours", (length, colours, bits) => {
    for (let seed = 1; seed < 4; seed++) {
      const numbers = noise(length, colours, seed);
      const bytes = compress(numbers, bits);
      expect(decompress("a", bytes, bits, length)).toEqual(numbers);
      // Nothing is missing that other programs look for: an end after the last pixel.
      expect(() => decompress("a", bytes, bits, length + 1)).toThrow(`has ${length} of`);
    }
  });

  test("of every length, so that every code is the last once", () => {
    const numbers = noise(9000, 4);
    for (let length = 1; length < numbers.length; length += 7) {
      const some = numbers.subarray(0, length);
      expect(() => decompress("a", compress(some, 2), 2, length + 1)).toThrow(`has ${length} of`);
    }
  });
});

describe("writing", () => {
  const size = { width: 7, height: 5 };
  const picture = (channels: number, seed: number, most = 256) => noise(35 * channels, most, seed);

  test.each([
    ["grey", 1, 256],
    ["few colours", 3, 3],
    ["colours enough for a palette each", 3, 256],
  ] as const)("a GIF of %s is read as it was", (_, channels, most) => {
    const frames = [1, 2, 3].map((seed) => picture(channels, seed, most));
    const bytes = encodeGIF({ ...size, channels, frames, delays: [3, 4, 5], loops: 0 });
    const { width, height, delays, frames: again } = readGIF("a", bytes);
    expect({ width, height, delays }).toEqual({ ...size, delays: [3, 4, 5] });
    const rgba = frames.flatMap((frame) =>
      Array.from({ length: 35 }, (_, p) =>
        [0, 1, 2].map((s) => frame[p * channels + (channels === 1 ? 0 : s)]).concat(255),
      ).flat(),
    );
    expect([...again()].flatMap((one) => [...one])).toEqual(rgba);
  });

  test("a GIF of transparent pixels: the frame before does not show through", () => {
    const frames = [0, 1, 2].map((n) =>
      Uint8Array.from({ length: 140 }, (_, i) =>
        i % 4 < 3 ? 9 * n : (i >> 2) % 3 === n ? 200 : 90,
      ),
    );
    const bytes = encodeGIF({ ...size, channels: 4, frames, delays: [9, 9, 9], loops: 1 });
    const again = seen(readGIF("a", bytes).frames());
    const wanted = frames.map((frame) => frame.map((x, i) => (i % 4 < 3 ? x : x < 128 ? 0 : 255)));
    expect(again).toEqual(seen(wanted));
  });

  test("a GIF of too many colours has near ones", () => {
    const [width, height] = [64, 64];
    const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const [s, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      return [4 * x, 4 * y, 2 * (x + y)][s];
    });
    const bytes = encodeGIF({ width, height, channels: 3, frames: [data], delays: [0], loops: 0 });
    const [again] = readGIF("a", bytes).frames();
    let squares = 0;
    for (let p = 0; p < width * height; p++) {
      for (let s = 0; s < 3; s++) squares += (data[3 * p + s] - again[4 * p + s]) ** 2;
    }
    expect(Math.sqrt(squares / data.length)).toBeLessThan(6);
  });

  test("loops are repetitions in a GIF", () => {
    const of = (loops: number) => {
      const frames = [picture(1, 1), picture(1, 2)];
      const bytes = encodeGIF({ ...size, channels: 1, frames, delays: [1, 1], loops });
      const at = Buffer.from(bytes).indexOf("NETSCAPE2.0");
      return at < 0 ? undefined : bytes[at + 13] + 256 * bytes[at + 14];
    };
    expect([0, 1, 2, 1000].map(of)).toEqual([0, undefined, 1, 999]);
  });

  test.each([1, 2, 3, 4] as const)("a PNG of %i channels is read as it was", (channels) => {
    const pictures = [1, 2, 3].map((seed) => ({
      ...size,
      channels,
      data: picture(channels, seed),
    }));
    const bytes = encodeAnimation({ pictures, delays: [3, 4, 5], loops: 2 });
    const { delays, frames } = readAPNG("a", bytes);
    expect(delays).toEqual([3, 4, 5]);
    const rgba = pictures.flatMap(({ data }) =>
      Array.from({ length: 35 }, (_, p) => {
        const own = [...data.subarray(p * channels, (p + 1) * channels)];
        const alpha = channels % 2 === 0 ? own.pop()! : 255;
        return own.length === 1 ? [own[0], own[0], own[0], alpha] : [...own, alpha];
      }).flat(),
    );
    expect([...frames()].flatMap((one) => [...one])).toEqual(rgba);
  });

  test("gives the same bytes everywhere", () => {
    const frames = [1, 2].map((seed) => picture(3, seed));
    const gif = encodeGIF({ ...size, channels: 3, frames, delays: [3, 4], loops: 0 });
    const many = noise(3 * 4000);
    const all = {
      width: 50,
      height: 80,
      channels: 3,
      frames: [many],
      delays: [3],
      loops: 0,
    } as const;
    const pictures = frames.map((data) => ({ ...size, channels: 3 as const, data }));
    const png = encodeAnimation({ pictures, delays: [3, 4], loops: 0 });
    expect(
      [gif, encodeGIF(all), png].map((one) =>
        createHash("sha256").update(one).digest("hex").slice(0, 16),
      ),
    ).toEqual(["71cae6fc73e275b9", "0ecbcc65bfd2d026", "2b3349d3eb58b926"]);
  });
});

describe("a GIF that is damaged or made to cost", () => {
  const screen = (width: number, height: number, flags = 0x80) => [
    ...Buffer.from("GIF89a", "latin1"),
    ...[width & 255, width >> 8, height & 255, height >> 8, flags, 0, 0],
  ];
  const [two, palette] = [screen(2, 2), [0, 0, 0, 255, 255, 255]];
  const image = (left: number, top: number, width: number, height: number, flags = 0) => [
    ...[0x2c, left, 0, top, 0, width & 255, width >> 8, height & 255, height >> 8, flags],
  ];
  const four = [
    2,
    ...(() => [compress(Uint8Array.of(0, 1, 1, 0), 2).length])(),
    ...compress(Uint8Array.of(0, 1, 1, 0), 2),
    0,
  ];
  const three = [
    2,
    compress(Uint8Array.of(0, 1, 3, 0), 2).length,
    ...compress(Uint8Array.of(0, 1, 3, 0), 2),
    0,
  ];
  const whole = [...two, ...palette, ...image(0, 0, 2, 2), ...four, 0x3b];

  test("whole, it is read; also without its end", () => {
    const [frame] = readGIF("a.gif", Uint8Array.from(whole)).frames();
    expect([...frame]).toEqual([0, 255, 255, 0].flatMap((x) => [x, x, x, 255]));
    expect([...readGIF("a.gif", Uint8Array.from(whole.slice(0, -1))).frames()]).toHaveLength(1);
  });

  test.each([
    ["nothing", [], "a.gif is not a GIF file"],
    ["the beginning alone", two.slice(0, 6), "ends at byte 6, too soon"],
    ["no picture", [...two, ...palette, 0x3b], "has no picture"],
    ["no pixels", [...screen(0, 2), ...palette, 0x3b], "its size is 0 × 2"],
    [
      "no palette",
      [...screen(2, 2, 0), ...image(0, 0, 2, 2), ...four, 0x3b],
      "frame 0 has no palette",
    ],
    ["half a palette", [...two, 1, 2], "too soon"],
    ["an unknown block", [...two, ...palette, 7], "no block begins at byte 19"],
    [
      "a frame that is not within",
      [...two, ...palette, ...image(1, 0, 2, 2), ...four, 0x3b],
      "frame 0 has 2 × 2 pixels at 1, 0, which are not within 2 × 2",
    ],
    [
      "a frame without pixels",
      [...two, ...palette, ...image(0, 0, 0, 2), ...four],
      "has 0 × 2 pixels at",
    ],
    [
      "numbers of 9 bits",
      [...two, ...palette, ...image(0, 0, 2, 2), 9, 0, 0x3b],
      "frame 0 has numbers of 9 bits",
    ],
    [
      "many pixels",
      [...screen(65535, 65535), ...palette, ...image(0, 0, 2, 2), ...four, 0x3b],
      "a.gif has 1 frames of 65535 × 65535 pixels; at most 16384 frames of 16777216 pixels",
    ],
    [
      "more pixels than its data can hold",
      [...screen(4000, 4000), ...palette, ...image(0, 0, 4000, 4000), ...four, 0x3b],
      "bytes cannot hold 16000000 pixels",
    ],
    [
      "fewer pixels",
      [...screen(3, 3), ...palette, ...image(0, 0, 3, 3), ...four, 0x3b],
      "frame 0 of a.gif is damaged: it has 4 of 9 pixels",
    ],
    [
      "a colour that its palette lacks",
      [...two, ...palette, ...image(0, 0, 2, 2), ...three, 0x3b],
      "of a palette of 2",
    ],
    [
      "a code that means nothing",
      [...two, ...palette, ...image(0, 0, 2, 2), 2, 2, 0x3c, 0xff, 0, 0x3b],
      "it has a code 7 that means nothing",
    ],
    ["half a control", [...two, ...palette, 0x21, 0xf9, 2, 0, 0, 0], "has a wrong length"],
  ])("%s", (_, bytes, message) => {
    const all = () => [...readGIF("a.gif", Uint8Array.from(bytes)).frames()];
    expect(all).toThrow(InvalidInputError);
    expect(all).toThrow(message);
  });

  test("of more frames than anybody can look at", () => {
    const frame = [...image(0, 0, 2, 2), ...four];
    const of = (count: number) =>
      Uint8Array.from([
        ...two,
        ...palette,
        ...Array.from({ length: count }, () => frame).flat(),
        0x3b,
      ]);
    expect([...readGIF("a.gif", of(1000)).frames()]).toHaveLength(1000);
    expect(() => readGIF("a.gif", of(20_000))).toThrow("has 16385 frames of 2 × 2 pixels");
    expect(() => checkAnimation("a", 4096, 4096, 9)).toThrow("134217728 pixels in all");
  });
});

/** An animated PNG of two frames of 7 × 5, of whose chunks something was made; their checksums fit. */
function wound(how: string): Uint8Array {
  const pictures = [1, 2].map((seed) => {
    return { width: 7, height: 5, channels: 1 as const, data: noise(35, 256, seed) };
  });
  const bytes = Buffer.from(encodeAnimation({ pictures, delays: [3, 3], loops: 0 }));
  const parts: Buffer[] = [bytes.subarray(0, 8)];
  let controls = 0;
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const body = Buffer.from(bytes.subarray(at + 4, at + 8 + length));
    at += length + 12;
    const type = body.toString("latin1", 0, 4);
    const second = type === "fcTL" && controls++ === 1;
    if (how === "not in order" && type === "fdAT") body[7] = 1;
    if (how === "without a frame's picture" && type === "fdAT") continue;
    if (how === "a frame that is not within" && second) body[11] = 9;
    if (how === "put in no way" && second) body[28] = 3;
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(body.length - 4);
    sum.writeUInt32BE(crc32(body));
    parts.push(size, body, sum);
  }
  return new Uint8Array(Buffer.concat(parts));
}

test.each([
  ["not in order", "the parts of its animation are not in order"],
  ["without a frame's picture", "frame 1 has no picture"],
  ["a frame that is not within", "frame 1 has 9 × 5 pixels at 0, 0, which are not within 7 × 5"],
  ["put in no way", "frame 1 is put in no way that there is"],
])("an animated PNG %s is refused", (how, message) => {
  expect(() => [...readAPNG("a.png", wound(how)).frames()]).toThrow(message);
});
