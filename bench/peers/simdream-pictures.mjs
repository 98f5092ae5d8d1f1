// Models of pictures for simdream.mjs.

import { PIXELS, RATE, SIDE } from "./vae-work.mjs";
import { CLIP, matrix, numbers } from "./work.mjs";

/** `fit` of a VAE, step by step. */
export async function vae({ runtime, VAE, ImageSet }, job) {
  const { network, hidden, channels, latent, batch } = job;
  const images = random(ImageSet, batch);
  const sizes = network === "dense" ? { hidden } : { channels };
  const model = await VAE.create({
    runtime,
    images,
    network,
    ...sizes,
    layers: 2,
    latent,
    seed: 1,
  });
  const options = { batch, lr: RATE, clip: CLIP, optimizer: "adam" };
  return stepping(model.fit(images, { steps: 1e6, ...options }));
}

/** `fit` of a DCGAN, step by step: without its average and without clipping, as the others. */
export async function gan({ runtime, GAN, ImageSet }, { channels, latent, batch }) {
  const images = random(ImageSet, batch);
  const model = await GAN.create({ runtime, images, network: "dcgan", channels, latent, seed: 1 });
  return stepping(model.fit(images, { steps: 1e6, batch, ema: 0, clip: 0 }));
}

/** `fit` of a flow of grey pictures, step by step: all its options are the defaults. */
export async function diffusion({ runtime, Diffusion, ImageSet }, job) {
  const { channels, levels, batch, shards = 1, workers = 1 } = job;
  const images = random(ImageSet, batch);
  const shape = [SIDE, SIDE, 1];
  const model = await Diffusion.create({ runtime, shape, channels, levels, seed: 1 });
  return stepping(model.fit(images, { steps: 1e6, batch, shards, workers }));
}

/** Grey pictures of 28×28, forty batches of them. */
function random(ImageSet, batch) {
  const next = numbers(17);
  const pixels = Uint8Array.from({ length: 40 * batch * PIXELS }, () => 256 * next());
  return new ImageSet({ pixels, height: SIDE, width: SIDE, channels: 1 });
}

async function stepping(steps) {
  await steps.next();
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { value } = await steps.next();
        if (process.env.BENCH_LOSS) console.log(value.loss);
      }
    },
    close: () => steps.return(),
  };
}

/** A convolution's kernels alone, its weights packed before. */
export async function convolution({ runtime }, job) {
  const { side, inputs, outputs, kernel, stride, batch, pass } = job;
  const machine = (await runtime.withPictures()).machine();
  const { kernels, pictures } = machine;
  const map = side / stride;
  const K = kernel * kernel * inputs;
  const numbersAt = (length, seed) => {
    const at = machine.alloc(4 * length);
    machine.f32(at, length).set(matrix(length, seed));
    return at;
  };
  const x = numbersAt(batch * side * side * inputs, 1);
  const w = numbersAt(outputs * K, 2);
  const y = numbersAt(batch * map * map * outputs, 3);
  const sizes = machine.alloc(64);
  const picture = [batch, side, side, inputs, map, map, outputs];
  machine.i32(sizes, 15).set([...picture, kernel, kernel, stride, stride, 1, 1, 1, 1]);
  const pack = (how, k, n) => {
    const at = machine.alloc(kernels.matmul_pack_bytes(k, n) >>> 0);
    kernels[how](at, w, k, n);
    return at;
  };
  const ready = {
    forward() {
      const packed = pack("matmul_pack_nt", K, outputs);
      const work = machine.alloc(pictures.convolution_forward_work(sizes) >>> 0);
      return () => pictures.convolution_forward(y, x, packed, 0, false, sizes, work);
    },
    input() {
      const packed = pack("matmul_pack_nn", outputs, K);
      const work = machine.alloc(pictures.convolution_adjoint_work(sizes) >>> 0);
      return () => pictures.convolution_adjoint(x, y, packed, 0, true, sizes, work);
    },
    weights() {
      const work = machine.alloc(pictures.convolution_weights_work(sizes) >>> 0);
      return () => pictures.convolution_weights(w, x, y, sizes, work);
    },
  };
  const compute = ready[pass]();
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) compute();
    },
  };
}
