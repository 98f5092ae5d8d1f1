// Arrays of another realm, such as a frame, a context of node:vm or a test runner has: as good as one's own.

import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import {
  Diffusion,
  decodePNG,
  encodePNG,
  frechetDistance,
  ImageSet,
  LanguageModel,
  VAE,
} from "../../src/entries/index.js";

/** The same array, made by another realm. */
function foreign<T extends ArrayLike<number> | object>(array: T): T {
  const { name } = array.constructor;
  const from = array instanceof Map ? "new Map(given)" : `${name}.from(given)`;
  const made: T = runInNewContext(from, { given: [...(array as unknown as Iterable<unknown>)] });
  expect(made instanceof (array.constructor as new () => unknown)).toBe(false);
  return made;
}

const size = { height: 2, width: 2, channels: 1 } as const;
const pixels = Uint8Array.of(0, 50, 100, 150, 200, 250, 30, 60);
const rows = [Float32Array.of(0, 1), Float32Array.of(1, 0), Float32Array.of(0.5, 0.5)];

test("make sets of pictures, with labels and captions", async () => {
  const label = { name: "label", classes: ["a", "b"], indices: Int32Array.of(0, 1) };
  const own = new ImageSet({ ...size, pixels, labels: [label], names: ["1.png", "2.png"] });
  const theirs = new ImageSet({
    ...{ ...size, pixels: foreign(pixels), names: ["1.png", "2.png"] },
    labels: [{ ...label, indices: foreign(label.indices) }],
  });
  expect(theirs.equals(own)).toBe(true);
  const said = new Map([
    ["1.png", "one"],
    ["2.png", "two"],
  ] as const);
  expect(theirs.withCaptions(foreign(said)).captions).toEqual([["one"], ["two"]]);
});

test("are PNG files, and pixels of them", async () => {
  const data = pixels.subarray(0, 4);
  const file = await encodePNG({ ...size, data });
  expect(await encodePNG({ ...size, data: foreign(data) })).toEqual(file);
  expect(await decodePNG(foreign(file).buffer as ArrayBuffer)).toEqual({ ...size, data });
  const set = await ImageSet.fromPNG([
    { name: "view", bytes: foreign(file) },
    { name: "buffer", bytes: () => foreign(file).buffer as ArrayBuffer },
  ]);
  expect([...set.pixels]).toEqual([...data, ...data]);
  const rgba = Uint8ClampedArray.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : 7));
  const drawn = { width: 2, height: 2, data: foreign(rgba) };
  expect([...(await ImageSet.fromImageData([drawn])).pixels]).toEqual([7, 7, 7, 7]);
});

test("are vectors that models learn, and latent ones", async () => {
  const theirs = rows.map(foreign);
  const [a, b] = [rows, theirs].map((data) => {
    const options = { images: data, network: "dense", hidden: 4, latent: 2 } as const;
    return VAE.create(options).then(async (model) => {
      await model.fit(data, { steps: 2 });
      return model;
    });
  });
  const [one, two] = [await a, await b];
  expect(two.fingerprint()).toBe(one.fingerprint());
  expect(two.decode(theirs)).toEqual(one.decode(rows));
  const [ends, foreignEnds] = [rows, theirs].map(([from, to]) => one.interpolate(from, to));
  expect(foreignEnds).toEqual(ends);
  expect(frechetDistance(theirs, rows)).toBe(frechetDistance(rows, rows));
});

test("are masks", async () => {
  const model = await Diffusion.create({ images: rows, network: "mlp", hidden: 4 });
  await model.fit(rows, { steps: 1 });
  const mask = Float32Array.of(1, 0);
  const made = model.inpaint(rows, [mask], { steps: 1 });
  expect(model.inpaint(rows.map(foreign), [foreign(mask)], { steps: 1 })).toEqual(made);
});

test("are files, as they are at the call", async () => {
  const model = await LanguageModel.create({ corpus: "abcabc", hidden: 4 });
  const bytes = foreign(model.save());
  const loading = LanguageModel.load(bytes);
  bytes.fill(0);
  expect((await loading).fingerprint()).toBe(model.fingerprint());
});
