// Models of pictures off the main thread: sets of pictures and what models make travel there and back.

import { describe, expect, it } from "vitest";
import {
  Autoencoder,
  Classifier,
  Diffusion,
  FramePredictor,
  GAN,
  ImageSet,
  ImageTextPair,
  InvalidInputError,
  Made,
  pictureFeatures,
  VAE,
} from "../../src/entries/index.js";
import { StyleTransfer } from "../../src/entries/style.js";
import { refusedLater } from "../models/help.js";
import { drawings, points, spoken } from "../models/images/help.js";
import { movingBars } from "../models/video/help.js";
import { all, begin, runtime, timeless } from "./help.js";

const images = drawings(30);
const fit = { steps: 6, batch: 6, val: 0.2, evalEvery: 3 };
const small = { images, channels: 4, seed: 1 };

describe("the bits of this thread", () => {
  it("of a VAE", async () => {
    const worker = await begin();
    const own = await VAE.create({ runtime, ...small, latent: 3 });
    const remote = await worker.VAE.create({ ...small, latent: 3 });
    expect(remote.labels).toEqual(own.labels);
    expect(remote.shape).toEqual([12, 12, 1]);
    expect(timeless(await all(remote.fit(images, fit)))).toEqual(
      timeless(await all(own.fit(images, fit))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());

    const asked = { samples: 3, seed: 4, labels: { shape: "cross" } };
    const made = await remote.generate(asked);
    expect(made).toBeInstanceOf(Made);
    expect(made.images).toBeInstanceOf(ImageSet);
    expect(made.rows).toEqual(own.generate(asked).rows);
    expect(made.images.equals(own.generate(asked).images)).toBe(true);
    const two = images.first(2);
    expect(await remote.encode(two)).toEqual(own.encode(two));
    expect((await remote.reconstruct(two)).rows).toEqual(own.reconstruct(two).rows);
    expect(await remote.score(images)).toEqual(own.score(images));
    const bytes = await remote.save();
    expect(Buffer.compare(bytes, own.save())).toBe(0);
    const again = await worker.VAE.load(bytes);
    expect(await again.fingerprint()).toBe(own.fingerprint());
  });

  it("of a frame predictor", async () => {
    const worker = await begin();
    const clips = movingBars(12, 6);
    const sizes = { clips, hidden: 6, kernel: 3, loss: "bernoulli", seed: 1 } as const;
    const own = await FramePredictor.create({ runtime, ...sizes });
    const remote = await worker.FramePredictor.create(sizes);
    expect(timeless(await all(remote.fit(clips, fit)))).toEqual(
      timeless(await all(own.fit(clips, fit))),
    );
    const how = { frames: 4, temperature: 1, seed: 2, whole: true };
    const made = await remote.continue(clips.first(2), how);
    expect(made).toBeInstanceOf(Made);
    expect(made.images).toMatchObject({ length: 2, frames: 10, fps: 10 });
    expect(made.rows).toEqual(own.continue(clips.first(2), how).rows);
    expect(await remote.score(clips)).toEqual(own.score(clips));
  });

  it("of an autoencoder and a classifier", async () => {
    const worker = await begin();
    const cleaner = await Autoencoder.create({ runtime, ...small, latent: 5 });
    const remoteCleaner = await worker.Autoencoder.create({ ...small, latent: 5 });
    await cleaner.fit(images, { ...fit, noise: 0.2 });
    await remoteCleaner.fit(images, { ...fit, noise: 0.2 });
    const { images: noisy } = await remoteCleaner.corrupt(images.first(3), { noise: 0.2 });
    expect((await remoteCleaner.denoise(noisy)).rows).toEqual(cleaner.denoise(noisy).rows);

    const own = await Classifier.create({ runtime, ...small, features: 6 });
    const remote = await worker.Classifier.create({ ...small, features: 6 });
    await own.fit(images, fit);
    await remote.fit(images, fit);
    expect(await remote.classify(images)).toEqual(own.classify(images));
    expect(await remote.features(images)).toEqual(own.features(images));
  });

  it("of a GAN", async () => {
    const worker = await begin();
    const run = { ...fit, shards: 2, workers: 2, translation: 0.1 };
    const own = await GAN.create({ runtime, ...small, latent: 3 });
    const remote = await worker.GAN.create({ ...small, latent: 3 });
    expect(timeless(await all(remote.fit(images, run)))).toEqual(
      timeless(await all(own.fit(images, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const asked = { samples: 3, seed: 4, labels: { shape: "cross" } };
    const made = await remote.generate(asked);
    expect(made.images.equals(own.generate(asked).images)).toBe(true);
    const latents = await remote.latents({ samples: 2, seed: 4 });
    expect(latents).toEqual(own.latents({ samples: 2, seed: 4 }));
    expect((await remote.decode(latents)).rows).toEqual(own.decode(latents).rows);
    const [from, to] = latents;
    expect((await remote.interpolate(from, to)).rows).toEqual(own.interpolate(from, to).rows);
    expect(await remote.score(images)).toEqual(own.score(images));
    expect(await remote.discriminate(images)).toEqual(own.discriminate(images));
    expect(await remote.features(images)).toEqual(own.features(images));
    const again = await worker.GAN.load(await remote.save());
    expect(await again.fingerprint()).toBe(own.fingerprint());
  });

  it("of a diffusion", async () => {
    const worker = await begin();
    const run = { ...fit, shards: 2, workers: 2, labelDropout: 0.2 };
    const own = await Diffusion.create({ runtime, ...small, levels: 2 });
    const remote = await worker.Diffusion.create({ ...small, levels: 2 });
    expect(timeless(await all(remote.fit(images, run)))).toEqual(
      timeless(await all(own.fit(images, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const asked = { samples: 2, steps: 3, seed: 4, guidance: 2, labels: { shape: "cross" } };
    const made = await remote.generate(asked);
    expect(made.images.equals(own.generate(asked).images)).toBe(true);
    const emerging = await all(remote.stream(asked));
    expect(emerging.map(({ step, time }) => [step, time])).toEqual([
      [1, 2 / 3],
      [2, 1 / 3],
      [3, 0],
    ]);
    expect(emerging[2].made).toBeInstanceOf(Made);
    expect(emerging[2].made.rows).toEqual(made.rows);
    expect(emerging).toEqual(await all(own.stream(asked)));
    const controller = new AbortController();
    await expect(async () => {
      for await (const { step } of remote.stream({ ...asked, signal: controller.signal })) {
        if (step === 2) controller.abort(new Error("enough"));
      }
    }).rejects.toThrow("enough");
    const mask = images.first(1);
    const options = { steps: 2, repeats: 2 };
    expect((await remote.inpaint(images.first(2), mask, options)).rows).toEqual(
      own.inpaint(images.first(2), mask, options).rows,
    );
    expect(await remote.score(images)).toEqual(own.score(images));
    const again = await worker.Diffusion.load(await remote.save());
    expect(await again.fingerprint()).toBe(own.fingerprint());
  });

  it("of a diffusion of clips", async () => {
    const worker = await begin();
    const clips = new ImageSet({ ...movingBars(12, 4), fps: 6 });
    const sizes = { images: clips, channels: 4, levels: 2, seed: 2 };
    const run = { steps: 3, batch: 4, shards: 2, workers: 2, firstDropout: 0.3 };
    const own = await Diffusion.create({ runtime, ...sizes });
    const remote = await worker.Diffusion.create(sizes);
    expect(timeless(await all(remote.fit(clips, run)))).toEqual(
      timeless(await all(own.fit(clips, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const asked = { first: clips.frame(0).first(2), steps: 2, loop: true };
    const { images } = await remote.generate(asked);
    expect([images.length, images.frames, images.fps]).toEqual([2, 4, 6]);
    expect(images.equals(own.generate(asked).images)).toBe(true);
    const again = await worker.Diffusion.load(await remote.save());
    expect((await again.generate(asked)).images.equals(images)).toBe(true);
  });

  it("of a diffusion with words", async () => {
    const worker = await begin();
    const run = { ...fit, shards: 2, workers: 2, captionDropout: 0.2 };
    const said = { ...small, images: spoken(images), labels: false, levels: 2, textWidth: 8 };
    const own = await Diffusion.create({ runtime, ...said });
    const remote = await worker.Diffusion.create(said);
    expect(timeless(await all(remote.fit(said.images, run)))).toEqual(
      timeless(await all(own.fit(said.images, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const asked = { prompt: ["a cross", "左边"], steps: 2, guidance: 2, negative: "a square" };
    const made = await remote.generate(asked);
    expect(made.images.equals(own.generate(asked).images)).toBe(true);
    expect(made.captions).toEqual([["a cross"], ["左边"]]);
    expect(await remote.score(said.images)).toEqual(own.score(said.images));
    const again = await worker.Diffusion.load(await remote.save());
    expect((await again.generate(asked)).rows).toEqual(made.rows);
  });

  it("of a pair of encoders", async () => {
    const worker = await begin();
    const run = { ...fit, shards: 2, workers: 2 };
    const said = { ...small, images: spoken(images), textWidth: 8, features: 8 };
    const own = await ImageTextPair.create({ runtime, ...said });
    const remote = await worker.ImageTextPair.create(said);
    expect(timeless(await all(remote.fit(said.images, run)))).toEqual(
      timeless(await all(own.fit(said.images, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const texts = ["a cross on the left", "左边的方块"];
    expect(await remote.similar(texts, images)).toEqual(own.similar(texts, images));
    expect(await remote.search(texts[0], images)).toEqual(own.search(texts[0], images));
    expect(await remote.match(images, texts)).toEqual(own.match(images, texts));
    expect(await remote.embedTexts(texts)).toEqual(own.embedTexts(texts));
    expect(await remote.embedPictures(images)).toEqual(own.embedPictures(images));
    expect(await remote.score(said.images)).toEqual(own.score(said.images));
    const again = await worker.ImageTextPair.load(await remote.save());
    expect(await again.fingerprint()).toBe(own.fingerprint());
  });

  it("of a style", async () => {
    const worker = await begin();
    const photographs = drawings(12, 3);
    const run = { ...fit, shards: 2, workers: 2 };
    const said = { style: photographs.subset([1]), channels: 2, blocks: 1, window: 16 };
    const own = await StyleTransfer.create({ runtime, ...said });
    const remote = await worker.StyleTransfer.create(said);
    expect(timeless(await all(remote.fit(photographs, run)))).toEqual(
      timeless(await all(own.fit(photographs, run))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const made = await remote.stylise(photographs.subset([2]), { strength: 0.5 });
    const here = own.stylise(photographs.subset([2]), { strength: 0.5 });
    expect(made.pixels).toEqual(here.pixels);
    const again = await worker.StyleTransfer.load(await remote.save());
    expect(await again.score(photographs)).toEqual(own.score(photographs));
  });

  it("of vectors", async () => {
    const worker = await begin();
    const own = await VAE.create({ runtime, images: points, latent: 2, hidden: 8 });
    const remote = await worker.VAE.create({ images: points, latent: 2, hidden: 8 });
    await own.fit(points, { ...fit, val: 0 });
    await remote.fit(points, { ...fit, val: 0 });
    const { rows } = await remote.generate({ samples: 2 });
    expect(rows).toEqual(own.generate({ samples: 2 }).rows);
  });
});

it("errors arrive as what they are", async () => {
  const worker = await begin();
  const remote = await worker.VAE.create({ ...small, latent: 3 });
  await refusedLater(remote.generate(), InvalidInputError, "has not been trained");
  await refusedLater(remote.score(drawings(2, 3)), InvalidInputError, "12×12×3");
  const gan = await worker.GAN.create(small);
  const features = await pictureFeatures(images, { runtime, kind: "random" });
  const message = "cannot be sent";
  await refusedLater(gan.fit(images, { features } as never), InvalidInputError, message);
});
