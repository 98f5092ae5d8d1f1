// Clips: sets of pictures with frames. One clip is one example.

import { describe, expect, test } from "vitest";
import { VAE } from "../../../src/api.js";
import { augmented } from "../../../src/data/images/batches.js";
import {
  type ClipFile,
  decodePNG,
  encodePNG,
  ImageSet,
  InvalidInputError,
  type SheetOptions,
} from "../../../src/entries/index.js";
import { Key } from "../../../src/host/key.js";
import { drawValidation, fingerprintOf } from "../../../src/models/images/split.js";
import { runtime } from "../../models/help.js";

/** Clips of 3 frames of 2 × 2, byte by byte; two neighbours are the same. */
function clips(count: number, more: Partial<ConstructorParameters<typeof ImageSet>[0]> = {}) {
  const pixels = Uint8Array.from(
    { length: 12 * count },
    (_, i) => Math.floor(i / 24) * 24 + (i % 12),
  );
  const indices = Int32Array.from({ length: count }, (_, i) => i % 2);
  return new ImageSet({
    ...{ pixels, frames: 3, height: 2, width: 2, channels: 1 },
    labels: [{ name: "label", classes: ["a", "b"], indices }],
    captions: Array.from({ length: count }, (_, i) => [`clip ${i}`]),
    names: Array.from({ length: count }, (_, i) => `${i}.gif`),
    ...more,
  });
}

describe("a set of clips", () => {
  test("counts clips, not frames", () => {
    expect(clips(4)).toMatchObject({ length: 4, frames: 3, fps: 10, height: 2, width: 2 });
    const pictures = new ImageSet({ pixels: new Uint8Array(8), height: 2, width: 2, channels: 1 });
    expect(pictures).toMatchObject({ length: 2, frames: 1 });
  });

  test("goes through subsets whole, with what is said of it", () => {
    const some = clips(4, { fps: 12 }).subset([3, 0]);
    expect(some).toMatchObject({ length: 2, frames: 3, fps: 12, names: ["3.gif", "0.gif"] });
    expect(some.captions).toEqual([["clip 3"], ["clip 0"]]);
    expect(some.pixels).toEqual(
      Uint8Array.from({ length: 24 }, (_, i) => (i < 12 ? 24 + i : i - 12)),
    );
  });

  test("is split by clip, and the same clips stay together", () => {
    const { train, validation } = clips(8).split({ val: 0.25 });
    expect([train.length, validation.length, train.frames]).toEqual([6, 2, 3]);
    expect(validation.pixels.slice(0, 12)).toEqual(validation.pixels.slice(12));
  });

  test("has a fingerprint of its own", () => {
    const { pixels } = clips(2);
    const one = new ImageSet({ pixels, frames: 3, height: 2, width: 2, channels: 1 });
    const other = new ImageSet({ pixels, height: 6, width: 2, channels: 1 });
    const slow = new ImageSet({ pixels, frames: 3, fps: 5, height: 2, width: 2, channels: 1 });
    expect(one.fingerprint()).toMatch(/^2-3x2x2x1-/);
    expect(other.fingerprint()).toMatch(/^2-6x2x1-/);
    expect([one.equals(other), one.equals(slow)]).toEqual([false, true]);
    expect(() => one.concat(other)).toThrow("have one number of frames, got 3 and 1");
    expect(one.concat(slow)).toMatchObject({ length: 4, frames: 3, fps: 10 });
  });

  test("gives some frames of each clip", () => {
    const set = clips(2, { fps: 12 });
    const some = set.span(1, 3);
    expect(some).toMatchObject({ length: 2, frames: 2, fps: 12, names: ["0.gif", "1.gif"] });
    expect([...some.pixels]).toEqual([0, 1].flatMap(() => [4, 5, 6, 7, 8, 9, 10, 11]));
    expect(set.span(1).equals(some)).toBe(true);
    expect(() => set.span(1, 4)).toThrow("to must be a whole number of at least 2 and at most 3");
    expect(() => set.span(2, 2)).toThrow("to must be a whole number of at least 3 and at most 3");
  });

  test("gives its frames as pictures", () => {
    const set = clips(2);
    expect(set.frame(2)).toMatchObject({ length: 2, frames: 1, names: ["0.gif", "1.gif"] });
    expect([...set.frame(2).pixels]).toEqual([8, 9, 10, 11, 8, 9, 10, 11]);
    expect(() => set.frame(3)).toThrow(
      "frame must be a whole number of at least 0 and at most 2, got 3",
    );
    const all = set.stills();
    expect(all).toMatchObject({ length: 6, frames: 1 });
    expect(all.pixels).toEqual(set.pixels);
    expect([...all.label().indices]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(all.captions?.[3]).toEqual(["clip 1"]);
  });

  test.each([
    [{ frames: 0 }, "frames must be a whole number of at least 1 and at most 4096, got 0"],
    [{ frames: 5 }, "whole clips of 5 × 2 × 2 × 1 = 20 bytes, at least one; got 24 bytes"],
    [{ fps: 0 }, "fps must be a number of at least 0.01 and at most 100, got 0"],
  ])("refuses %j", (parts, message) => {
    expect(() => clips(2, parts)).toThrow(message);
  });
});

test("the frames of a clip are moved and mirrored alike", () => {
  const frame = [1, 2, 3, 4, 5, 6];
  const how = { flip: true, shift: 1 };
  const rows = Array.from({ length: 100 }, () => 0);
  const key = Key.fromSeed(runtime.machine(), 3);
  const size = { height: 2, width: 3, channels: 1 } as const;
  const one = augmented({ ...size, pixels: Uint8Array.from(frame) }, rows, how, key);
  const pixels = Uint8Array.from([...frame, ...frame.map((byte) => byte + 10)]);
  const two = augmented({ ...size, frames: 2, pixels }, rows, how, key);
  for (const b of rows.keys()) {
    const own = [...one.subarray(6 * b, 6 * b + 6)];
    expect([...two.subarray(12 * b, 12 * b + 12)]).toEqual([...own, ...own.map((x) => x + 10)]);
  }
});

test("models of pictures refuse clips by name, and say what to do", async () => {
  const images = clips(4);
  await expect(VAE.create({ images })).rejects.toThrow(
    "VAE.create: these are clips of 3 frames (3×2×2×1); this model learns pictures. Take a frame of each, clips.frame(0)",
  );
  const model = await VAE.create({ images: images.frame(0), labels: false });
  await expect((async () => model.fit(images))()).rejects.toThrow(InvalidInputError);
});

/** A set of as many clips of noise, and their frames. */
function noise(count: number, frames: number, channels: 1 | 3 | 4 = 3, seed = 1): ImageSet {
  let state = seed;
  const pixels = Uint8Array.from({ length: count * frames * 6 * 4 * channels }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return channels === 4 && i % 4 === 3 ? (state >>> 31) * 255 : state >>> 24;
  });
  return new ImageSet({ pixels, frames, height: 4, width: 6, channels });
}

async function files(set: ImageSet, how: "toGIF" | "toAPNG" = "toGIF"): Promise<ClipFile[]> {
  const all = Array.from({ length: set.length }, async (_, i) => ({
    name: `${i}.gif`,
    bytes: await set[how](i),
  }));
  return Promise.all(all);
}

describe("animated files", () => {
  test.each([
    ["toGIF", 1],
    ["toGIF", 3],
    ["toAPNG", 1],
    ["toAPNG", 3],
    ["toAPNG", 4],
  ] as const)("%s of %i channels give the same clips again", async (how, channels) => {
    const set = noise(3, 5, channels);
    const mode = ({ 1: "auto", 3: "rgb", 4: "rgba" } as const)[channels];
    const again = await ImageSet.fromGIF(await files(set, how), { mode });
    expect(again).toMatchObject({
      length: 3,
      frames: 5,
      fps: 10,
      names: ["0.gif", "1.gif", "2.gif"],
    });
    expect(again.pixels).toEqual(set.pixels);
  });

  test("what is transparent is put on a background, or stays so", async () => {
    const set = noise(1, 2, 4);
    const [file] = await files(set);
    const white = await ImageSet.fromGIF([file], { mode: "rgb" });
    const kept = await ImageSet.fromGIF([file], { mode: "rgba" });
    for (let p = 0; p < 48; p++) {
      const own = [...set.pixels.subarray(4 * p, 4 * p + 4)];
      const clear = own[3] === 0;
      expect([...white.pixels.subarray(3 * p, 3 * p + 3)]).toEqual(
        clear ? [255, 255, 255] : own.slice(0, 3),
      );
      expect(kept.pixels[4 * p + 3]).toBe(own[3]);
    }
  });

  test("have a speed, which most of them say, or the options", async () => {
    const set = noise(3, 6);
    const of = async (...fps: number[]) =>
      Promise.all(
        fps.map(async (one, i) => ({ name: `${i}`, bytes: await set.toGIF(i, { fps: one }) })),
      );
    expect((await ImageSet.fromGIF(await of(25, 25, 10))).fps).toBe(25);
    // Three hundredths and four: no two frames are farther from it than half a hundredth.
    expect((await ImageSet.fromGIF(await of(30))).fps).toBe(30);
    expect((await ImageSet.fromGIF(await of(30), { fps: 12 })).fps).toBe(12);
    expect((await ImageSet.fromGIF(await of(100))).fps).toBe(50);
  });

  test("are enlarged where that is asked", async () => {
    const set = noise(1, 2);
    const again = await ImageSet.fromGIF([{ name: "a", bytes: await set.toGIF(0, { scale: 3 }) }]);
    expect([again.width, again.height]).toEqual([18, 12]);
    expect([...again.pixels.subarray(9, 12)]).toEqual([...set.pixels.subarray(3, 6)]);
  });

  test("play several side by side", async () => {
    const set = noise(3, 2);
    const bytes = await set.toGIF([2, 0, 1], { columns: 2, gap: 1, scale: 2 });
    const all = await ImageSet.fromGIF([{ name: "a", bytes }], { mode: "rgb" });
    expect(all).toMatchObject({ length: 1, frames: 2, width: 26, height: 18 });
    const frame = await set.subset([2, 0, 1]).frame(1).grid({ columns: 2, gap: 1, scale: 2 });
    expect((await decodePNG(frame)).data).toEqual(all.frame(1).pixels);
    await expect(set.toGIF(0, { scale: 1024, fps: 200 })).rejects.toThrow("fps must be");
    await expect(set.toGIF([])).rejects.toThrow("at least one");
  });

  test("have one length, or the first frames are taken, or many clips", async () => {
    const all = [...(await files(noise(2, 8))), ...(await files(noise(1, 5)))];
    await expect(ImageSet.fromGIF(all)).rejects.toThrow(
      "clips have 2 lengths: 8 frames (0.gif), 5 frames (0.gif); give frames, such as 5, to take the first of each",
    );
    const first = await ImageSet.fromGIF(all, { frames: 5 });
    expect(first).toMatchObject({ length: 3, frames: 5, groups: undefined });
    expect(first.pixels.slice(0, 360)).toEqual(noise(1, 8).pixels.slice(0, 360));
    await expect(ImageSet.fromGIF(all, { frames: 8 })).rejects.toThrow(
      "0.gif has 5 frames, fewer than 8",
    );
    const eight = await ImageSet.fromGIF(all, { frames: 8, damaged: "skip" });
    expect([eight.length, eight.skipped.length]).toEqual([2, 1]);
    const many = await ImageSet.fromGIF(all.slice(0, 2), { frames: 4, every: 2 });
    expect(many).toMatchObject({
      length: 6,
      frames: 4,
      groups: ["0.gif", "0.gif", "0.gif", "1.gif", "1.gif", "1.gif"],
    });
    expect(many.pixels.slice(288, 576)).toEqual(noise(1, 8).pixels.slice(144, 432));
    const pictures = await ImageSet.fromGIF(all, { frames: 1 });
    expect(pictures).toMatchObject({ length: 3, frames: 1 });
  });

  test("of a thousand frames are clips, too", async () => {
    const set = noise(1, 1000, 1);
    const again = await ImageSet.fromGIF(await files(set), { mode: "grey" });
    expect(again.frames).toBe(1000);
    expect(again.pixels).toEqual(set.pixels);
  });

  test("are brought to a size, all frames alike", async () => {
    const set = await ImageSet.fromGIF(await files(noise(2, 3)), { size: 2 });
    expect(set).toMatchObject({ length: 2, frames: 3, width: 2, height: 2 });
  });

  test("are refused where they are none", async () => {
    const still = await encodePNG({ width: 1, height: 1, channels: 1, data: Uint8Array.of(5) });
    const of = (bytes: Uint8Array, options = {}) =>
      ImageSet.fromGIF([{ name: "a.gif", bytes }], options);
    await expect(of(Uint8Array.of(1, 2))).rejects.toThrow("a.gif is neither a GIF nor a PNG file");
    await expect(of(still)).rejects.toThrow("a.gif has one frame, a clip has two at least");
    expect((await of(still, { frames: 1 })).length).toBe(1);
    await expect(of(still, { every: 2 })).rejects.toThrow("every: give frames, too");
    await expect(of(still, { speed: 2 })).rejects.toThrow("speed");
    await expect(ImageSet.fromGIF([])).rejects.toThrow("there is no clip");
    await expect(ImageSet.fromGIF([{} as ClipFile])).rejects.toThrow(
      "files[0] must have a name and bytes",
    );
  });
});

describe("sheets", () => {
  test("are what sets write, a row a clip", async () => {
    const set = noise(3, 5);
    const again = await ImageSet.fromSheet(await set.sheet(), { tile: [4, 6] });
    expect(again).toMatchObject({ length: 3, frames: 5, names: undefined });
    expect(again.pixels).toEqual(set.pixels);
    expect(await set.grid()).not.toEqual(await set.sheet());
    expect(await set.toPNG(1)).toEqual(await set.subset([1]).sheet());
  });

  test("are cut row by row, without some columns, to a size", async () => {
    const set = noise(4, 6);
    const png = await set.sheet();
    const tile = { width: 6, height: 4 };
    const walk = await ImageSet.fromSheet(png, {
      tile,
      columns: [1, 2, 5],
      labels: [{ a: 1 }, { a: 2 }],
    });
    expect(walk).toMatchObject({ length: 2, frames: 3 });
    expect(walk.classes("a")).toEqual(["1", "2"]);
    for (const [f, from] of [1, 2, 5].entries()) {
      expect(walk.frame(f).pixels).toEqual(set.subset([0, 1]).frame(from).pixels);
    }
    const halves = await ImageSet.fromSheet(png, { tile, frames: 3 });
    expect(halves).toMatchObject({ length: 8, frames: 3 });
    expect(halves.pixels).toEqual(set.pixels);
    const long = await ImageSet.fromSheet(png, { tile, frames: 12, size: 2, fps: 12 });
    expect(long).toMatchObject({ length: 2, frames: 12, width: 2, height: 2, fps: 12 });
    const windows = await ImageSet.fromSheet(png, { tile, frames: 10, every: 7 });
    expect(windows).toMatchObject({
      length: 3,
      frames: 10,
      groups: ["clip 0", "clip 0", "clip 0"],
    });
    expect(windows.subset([1]).pixels).toEqual(set.pixels.slice(7 * 72, 17 * 72));
    const both = [1, 2].map((n) => ({ name: `${n}.png`, bytes: png }));
    expect((await ImageSet.fromSheet(both, { tile })).length).toBe(8);
  });

  test.each([
    [{ tile: 5 }, "of 36 × 16 pixels is not made of frames of 5 × 5"],
    [
      { tile: [4, 6], columns: [6] },
      "columns[0] must be a whole number of at least 0 and at most 5, got 6",
    ],
    [{ tile: [4, 6], columns: [] }, "columns must name one at least"],
    [{ tile: [4, 6], frames: 25 }, "has 24 frames of 6 × 4 pixels, fewer than frames: 25"],
    [{ tile: [4, 6], count: 5 }, "count must be"],
    [{ tile: [4, 6], labels: [] }, "count must be"],
    [{ tile: [4, 6], row: 3 }, "row"],
    [{ tile: [4, 6], every: 2 }, "every: give frames, too"],
  ])("%j are refused", async (options, message) => {
    const png = await noise(4, 6).sheet();
    const made = ImageSet.fromSheet(png, options as unknown as SheetOptions);
    await expect(made).rejects.toThrow(message);
  });
});

describe("files of a frame each", () => {
  const frames = async (set: ImageSet) =>
    Promise.all(Array.from({ length: set.length }, (_, i) => set.toPNG(i)));

  test("are a clip", async () => {
    const set = noise(2, 3);
    const clips = [0, 1].map(async (i) => ({
      ...{ name: `clip ${i}`, label: "ab"[i], captions: `clip ${i}` },
      frames: await frames(set.subset([i]).stills()),
    }));
    const again = await ImageSet.fromFrames(await Promise.all(clips));
    expect(again).toMatchObject({ length: 2, frames: 3, fps: 10, names: ["clip 0", "clip 1"] });
    expect(again.pixels).toEqual(set.pixels);
    expect([again.classes(), again.captions]).toEqual([
      ["a", "b"],
      [["clip 0"], ["clip 1"]],
    ]);
  });

  test("have one size within a clip, whatever size is asked for", async () => {
    const [one] = await frames(noise(1, 1));
    const other = await encodePNG({ width: 6, height: 5, channels: 1, data: new Uint8Array(30) });
    const made = ImageSet.fromFrames([{ name: "walk", frames: [one, one, other] }], { size: 4 });
    await expect(made).rejects.toThrow(
      "walk: frames of a clip have one size, got 6 × 4 and, of frame 2, 6 × 5",
    );
  });
});

describe("what belongs together", () => {
  const characters = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      character: `${Math.floor(i / 4)}`,
      direction: i % 4,
    }));

  test("stays on one side of a split, by a label or by groups", () => {
    const set = noise(40, 2).withLabels(characters(40));
    const sides = [
      set.split({ val: 0.3, by: "character" }),
      set.withGroups("character").split({ val: 0.3 }),
    ];
    for (const { train, validation } of sides) {
      expect(validation.length).toBe(12);
      const of = (one: ImageSet) =>
        new Set(
          one.groups ??
            Array.from(one.label("character").indices, (i) => one.classes("character")[i]),
        );
      expect([...of(train)].filter((name) => of(validation).has(name))).toEqual([]);
    }
    expect(set.withGroups("character").labels.map(({ name }) => name)).toEqual(["direction"]);
    expect(sides[1].train.withGroups(undefined as never)).toMatchObject({ groups: undefined });
    expect(() => set.split({ by: "hat" })).toThrow('the pictures have no label "hat"');
    expect(() => set.withGroups(["a"])).toThrow("groups must be one a picture, 40, got 1");
  });

  test("also through pictures that are the same", () => {
    const same = noise(2, 2).subset([0, 0, 1, 1]).withGroups(["a", "b", "b", "c"]);
    expect(() => same.split({ val: 0.5 })).toThrow("cuts 4 pictures (1 different ones)");
  });

  test("and windows of one file, and frames of one clip", async () => {
    const windows = await ImageSet.fromGIF(await files(noise(6, 8)), { frames: 4, every: 1 });
    const { train, validation } = windows.split({ val: 0.3 });
    expect([train.length, validation.length]).toEqual([20, 10]);
    const stills = noise(10, 4).stills().split({ val: 0.2 });
    expect(new Set(stills.validation.groups).size).toBe(2);
    expect(stills.validation.length).toBe(8);
  });

  test("and in the validation of a run", () => {
    const { pixels, groups } = noise(40, 1).withLabels(characters(40)).withGroups("character");
    const rows = { count: 40, width: 72, values: pixels };
    const all = { rows, places: new Int32Array(0), groups };
    const key = Key.fromSeed(runtime.machine(), 1);
    const { train, validation } = drawValidation(all, 0.1, key);
    expect([train.rows.count, validation?.rows.count]).toEqual([36, 4]);
    const first = Array.from({ length: 40 }, (_, i) => i).find((i) =>
      validation!.rows.values.slice(0, 72).every((byte, j) => byte === pixels[72 * i + j]),
    )!;
    expect(first % 4).toBe(0);
    expect(validation!.rows.values).toEqual(pixels.slice(72 * first, 72 * (first + 4)));
    expect(fingerprintOf(all)).not.toBe(fingerprintOf({ ...all, groups: undefined }));
  });
});
