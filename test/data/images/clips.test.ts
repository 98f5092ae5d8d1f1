// Clips: sets of pictures with frames. One clip is one example.

import { describe, expect, test } from "vitest";
import { VAE } from "../../../src/api.js";
import { augmented } from "../../../src/data/images/batches.js";
import { ImageSet, InvalidInputError } from "../../../src/entries/index.js";
import { Key } from "../../../src/host/key.js";
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
