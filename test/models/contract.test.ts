// The contract of every model, a row each.

import {
  Autoencoder,
  Classifier,
  Diffusion,
  FramePredictor,
  GAN,
  GridModel,
  ImageTextPair,
  LanguageModel,
  load as loadAnywhere,
  Seq2Seq,
  VAE,
} from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { StyleTransfer, squeezeNet } from "../../src/entries/style-node.js";
import { squeezeNetFile } from "../golden/squeezenet.js";
import { contract } from "./contract.js";
import { labelledRooms } from "./grids/help.js";
import { labelled, names, text, tiny } from "./help.js";
import { drawings, points, spoken } from "./images/help.js";
import { ownWorkers } from "./own/own-workers.js";
import { type Examples, Perceptron } from "./own/perceptron.js";
import { Blend, Tug } from "./own/public.js";
import { TwoPhases } from "./own/two-phases.js";
import { movingBars } from "./video/help.js";

const runtime = await load();
const own = (await loadAnywhere()).withWorkers(await ownWorkers());

const small = { lr: 1e-2, batch: 6, weightDecay: 0.01 };
const short = { maxTokens: 12, seed: 5, temperature: 0.9 };

contract({
  name: "LanguageModel, windows",
  runtime,
  of: LanguageModel,
  options: { ...tiny, dropout: 0.2, corpus: text },
  data: text,
  fit: { ...small, seqLen: 8, val: 0.2, evalEvery: 2, patience: 9 },
  use: (model) => [model.generate(short), model.score(text.slice(0, 100))],
});

contract({
  name: "LanguageModel, streams",
  runtime,
  of: LanguageModel,
  options: { ...tiny, layers: 2, corpus: text },
  data: text,
  fit: { ...small, seqLen: 8, batching: "streams" },
  use: (model) => model.generate({ maxTokens: 12, beams: 3 }),
});

contract({
  name: "LanguageModel, documents",
  runtime,
  of: LanguageModel,
  options: { ...tiny, corpus: names },
  data: names,
  fit: small,
  use: (model) => [model.generate({ ...short, samples: 3 }), model.score(names)],
});

const chats = names.map((name, i) => ({
  messages: [
    { role: "user", content: name },
    { role: "assistant", content: names[(i * 5) % names.length] },
  ],
}));

contract({
  name: "LanguageModel, conversations",
  runtime,
  of: LanguageModel,
  options: { ...tiny, corpus: chats },
  data: [...chats, ...names],
  fit: { ...small, val: 0.2, evalEvery: 2, patience: 9 },
  use: (model) => [
    model.generate({ ...short, messages: chats[0].messages }),
    model.generate({ ...short, messages: [...chats[0].messages, ...chats[1].messages] }),
    model.score(chats),
  ],
});

for (const style of ["llama", "gpt2"] as const) {
  const own = style === "llama" ? { kvHeads: 2 } : { bias: true };
  const network = {
    kind: "transformer",
    style,
    hidden: 16,
    layers: 2,
    heads: 4,
    context: 16,
  } as const;
  contract({
    name: `LanguageModel, ${style} on windows`,
    runtime,
    of: LanguageModel,
    options: {
      network: { ...network, ...own, dropout: 0.1 },
      corpus: text,
    },
    data: text,
    fit: { ...small, val: 0.2, evalEvery: 2, patience: 9 },
    use: (model) => [
      model.generate({ ...short, overflow: "slide", maxTokens: 30 }),
      model.generate({ maxTokens: 9, beams: 3 }),
      model.score(text.slice(0, 100)),
      model.attention(text.slice(0, 12)),
    ],
  });
}

contract({
  name: "LanguageModel, a Transformer on documents",
  runtime,
  of: LanguageModel,
  options: {
    network: {
      kind: "transformer",
      hidden: 16,
      layers: 2,
      heads: 2,
      context: 12,
      window: 6,
      tied: false,
    },
    corpus: names,
  },
  data: names,
  fit: small,
  use: (model) => [model.generate({ seed: 5, samples: 3 }), model.score(names)],
});

const labels = { title: "h-holly", kind: "leaf" };
const shapes = {
  "an LSTM": tiny,
  "a Transformer": {
    network: { kind: "transformer", hidden: 16, layers: 2, heads: 2, context: 24 },
    seed: 1,
  },
} as const;
for (const [called, shape] of Object.entries(shapes)) {
  contract({
    name: `LanguageModel, ${called} on labelled documents`,
    runtime,
    of: LanguageModel,
    options: { ...shape, dropout: 0.1, corpus: labelled },
    data: labelled,
    fit: { ...small, val: 0.2, evalEvery: 2, patience: 9, maxLength: 14, labelDropout: 0.3 },
    use: (model) => [
      model.labels,
      model.generate({ seed: 5, samples: 3, labels, maxTokens: 6 }),
      model.generate({ maxTokens: 6, beams: 3, labels: { kind: "leaf" } }),
      model.score(labelled),
    ],
  });
}

const sizes = { embed: 6, hidden: 12, seed: 1, attention: "luong", dropout: 0.1 } as const;
const pairs = names.map((source, i) => ({
  source,
  target: source.toUpperCase(),
  label: i % 2 === 0 ? "even" : "odd",
}));

contract({
  name: "Seq2Seq, attention and labels",
  runtime,
  of: Seq2Seq,
  options: { ...sizes, corpus: pairs },
  data: pairs,
  fit: { ...small, val: 0.2, evalEvery: 3, patience: 9 },
  use: (model) => [
    model.generate({ ...short, source: "iris" }),
    model.score(pairs),
    model.classify("iris"),
    model.encode("iris"),
  ],
});

for (const style of ["llama", "gpt2"] as const) {
  const own = style === "llama" ? { kvHeads: 2, tied: true } : { bias: true, shared: true };
  const network = { kind: "transformer", style, hidden: 16, layers: 2, heads: 4 } as const;
  contract({
    name: `Seq2Seq, ${style} and labels`,
    runtime,
    of: Seq2Seq,
    options: {
      network: { ...network, ...own, dropout: 0.1 },
      seed: 1,
      corpus: pairs,
    },
    data: pairs,
    fit: { ...small, val: 0.2, evalEvery: 3, patience: 9, scheduledSampling: 0.2, smoothing: 0.1 },
    use: (model) => [
      model.generate({ ...short, source: "iris", samples: 3 }),
      model.generate({ source: "rose", maxTokens: 9, beams: 3 }),
      model.score(pairs),
      model.classify("iris"),
      model.encode("iris"),
      model.align("iris", "IRIS"),
    ],
  });
}

const drawn = drawings(24);
const body = { channels: 4, seed: 1 } as const;

for (const norm of ["none", "group", "batch"] as const) {
  contract({
    name: `VAE, convolutions with norm ${norm}`,
    runtime,
    of: VAE,
    options: { images: drawn, ...body, latent: 3, norm },
    data: drawn,
    fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, shift: 1, flip: true, betaWarmup: 5 },
    use: (model) => [
      model.generate({ samples: 3, seed: 5, labels: { shape: "cross" } }).rows,
      model.reconstruct(drawn.first(2)).rows,
      model.encode(drawn.first(2)),
      model.score(drawn, { importance: 3 }),
      model.interpolate(drawn.subset([0]), drawn.subset([1]), { steps: 3, spherical: true }).rows,
    ],
  });
}

contract({
  name: "VAE, dense on vectors, importance-weighted",
  runtime,
  of: VAE,
  options: { images: points, hidden: 8, latent: 2, seed: 1 },
  data: points,
  fit: { ...small, objective: "iwae", particles: 3 },
  use: (model) => [
    model.generate({ samples: 3, seed: 5, drawPixels: true }).rows,
    model.score(points, { importance: 5 }),
  ],
});

contract({
  name: "VAE, binarised, with free bits",
  runtime,
  of: VAE,
  options: {
    images: drawn,
    labels: false,
    network: "dense",
    hidden: 8,
    latent: 3,
    binarize: "stochastic",
    seed: 1,
  },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, freeBits: 0.2, beta: 2 },
  use: (model) => [model.generate({ samples: 2, drawPixels: true }).rows, model.score(drawn)],
});

contract({
  name: "VAE, with an adversary",
  runtime,
  of: VAE,
  options: {
    ...{ images: drawn, labels: ["side"], ...body, latent: 3 },
    ...{ adversary: "shape", adversaryHidden: 6 },
  },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, adversaryWeight: 3 },
  use: (model) => [model.generate({ samples: 2 }).rows, model.encode(drawn), model.score(drawn)],
});

contract({
  name: "Autoencoder, with an adversary",
  runtime,
  of: Autoencoder,
  options: { images: drawn, ...body, latent: 3, norm: "group", adversary: "shape" },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, noise: 0.1 },
  use: (model) => [model.encode(drawn), model.score(drawn)],
});

contract({
  name: "VAE, logistic pixels in colour",
  runtime,
  of: VAE,
  options: {
    images: drawings(24, 3),
    ...body,
    latent: 3,
    pixels: "logistic",
    activation: "silu",
  },
  data: drawings(24, 3),
  fit: small,
  use: (model) => [model.generate({ samples: 2, seed: 5 }).rows, model.score(drawings(5, 3))],
});

contract({
  name: "Autoencoder, denoising",
  runtime,
  of: Autoencoder,
  options: { images: drawn, ...body, latent: 6, norm: "batch" },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, noise: 0.3, mask: 0.2 },
  use: (model) => [
    model.denoise(model.corrupt(drawn, { noise: 0.3 }).images).rows,
    model.encode(drawn.first(2)),
    model.score(drawn, { mask: 0.2 }),
  ],
});

contract({
  name: "Classifier, two heads",
  runtime,
  of: Classifier,
  options: {
    images: drawn,
    ...body,
    features: 8,
    dropout: 0.2,
    norm: "batch",
  },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, shift: 1 },
  use: (model) => [model.classify(drawn), model.features(drawn.first(2)), model.score(drawn)],
});

contract({
  name: "GAN, convolutions with batch norm and labels",
  runtime,
  of: GAN,
  options: { images: drawn, channels: 4, latent: 3, seed: 1 },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, translation: 0.2, cutout: 0.4, shift: 1 },
  use: (model) => [
    model.generate({ samples: 3, seed: 5 }).rows,
    model.interpolate(Float32Array.of(0, 1, 2), Float32Array.of(1, -1, 0), { steps: 3 }).rows,
    model.score(drawn),
    model.discriminate(drawn.first(2)),
  ],
});

contract({
  name: "GAN, spectral norm and hinge, two steps of the discriminator",
  runtime,
  of: GAN,
  options: {
    images: drawings(24, 3),
    labels: false,
    channels: 4,
    latent: 3,
    spectral: true,
  },
  data: drawings(24, 3),
  fit: { ...small, objective: "hinge", discriminatorSteps: 2, discriminatorLr: 2, r1: 1, ema: 0 },
  use: (model) => [model.generate({ samples: 2, seed: 5 }).rows, model.features(drawings(3, 3))],
});

contract({
  name: "GAN, dense on vectors",
  runtime,
  of: GAN,
  options: { images: points, hidden: 8, seed: 1 },
  data: points,
  fit: { ...small, objective: "least-squares", labelSmoothing: 0.1, instanceNoise: 0.1 },
  use: (model) => [model.decode(model.latents({ samples: 3, seed: 5 })).rows, model.score(points)],
});

contract({
  name: "Diffusion, a flow by a U-Net with labels",
  runtime,
  of: Diffusion,
  options: { images: drawn, channels: 4, levels: 2, seed: 1 },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, labelDropout: 0.3, shift: 1 },
  use: (model) => [
    model.generate({ samples: 2, steps: 3, guidance: 2, labels: { shape: "cross" } }).rows,
    model.vary(drawn.first(2), { steps: 4, sampler: "heun", tile: true }).rows,
    model.inpaint(drawn.first(2), [new Float32Array(144).fill(1, 70)], { steps: 3 }).rows,
    model.interpolate(1, 2, { steps: 2, samples: 3 }).rows,
    model.score(drawn),
  ],
});

contract({
  name: "Diffusion, noise in colour, with attention",
  runtime,
  of: Diffusion,
  options: {
    images: drawings(24, 3),
    labels: false,
    objective: "noise",
    channels: 4,
    levels: 2,
    attention: true,
  },
  data: drawings(24, 3),
  fit: { ...small, ema: 0 },
  use: (model) => model.generate({ samples: 2, steps: 4, sampler: "ancestral" }).rows,
});

const said = spoken(drawings(24));
const reads = { textWidth: 8, textLayers: 1, textHeads: 2 } as const;
const patches = { network: "dit", patch: 4, hidden: 8, layers: 1, heads: 2 } as const;

contract({
  name: "Diffusion, captions and labels by a U-Net",
  runtime,
  of: Diffusion,
  options: {
    ...{ images: said, labels: ["side"], tokenizer: "char", ...reads },
    ...{ channels: 4, levels: 2, textLevels: 2, seed: 1 },
  },
  data: said,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, captionDropout: 0.3, labelDropout: 0.3 },
  use: (model) => [
    model.generate({ prompt: "a cross", steps: 3, guidance: 2, labels: { side: "left" } }).rows,
    model.generate({ prompt: ["左边的方块", "a cross"], steps: 2, guidance: 3, negative: "方块" })
      .rows,
    model.vary(said.first(2), { steps: 3, prompt: "a square" }).rows,
    model.score(said),
  ],
});

contract({
  name: "Diffusion, captions by a Transformer of patches",
  runtime,
  of: Diffusion,
  options: { images: said, labels: false, ...reads, ...patches },
  data: said,
  fit: small,
  use: (model) => [
    model.generate({ prompt: "a cross", samples: 2, steps: 3, guidance: 2 }).rows,
    model.score(said),
  ],
});

for (const norm of ["none", "batch"] as const) {
  contract({
    name: `ImageTextPair, convolutions with norm ${norm}`,
    runtime,
    of: ImageTextPair,
    options: {
      ...{ images: said, tokenizer: "char", ...reads },
      ...{ ...body, features: 8, temperature: 0.02, norm },
    },
    data: said,
    fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, shift: 1 },
    use: (model) => [
      model.similar(["a cross", "左边的方块"], said),
      model.search("a cross", said, { top: 3 }),
      model.match(said, ["a cross", "a square"]),
      model.embedPictures(said.first(2)),
      model.embedTexts("a cross"),
      model.score(said, { among: 3 }),
    ],
  });
}

const told = movingBars(16, 4, 3)
  .withLabels(Array.from({ length: 16 }, (_, i) => ({ way: i % 2 === 1 ? "down" : "across" })))
  .withCaptions(
    Array.from({ length: 16 }, (_, i) => `a bar that ${i % 2 === 1 ? "falls" : "goes"}`),
  );

contract({
  name: "Diffusion, clips told by labels, captions and their first frames",
  runtime,
  of: Diffusion,
  options: {
    ...{ images: told, tokenizer: "char", ...reads },
    ...{ channels: 4, levels: 2, textLevels: 1, timeLevels: 2, seed: 1 },
  },
  data: told,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, firstDropout: 0.3, flip: true },
  use: (model) => [
    model.generate({ first: told.frame(0).first(2), steps: 4, loop: true, labels: { way: "down" } })
      .rows,
    model.generate({ samples: 2, steps: 3, loop: true, tile: true, prompt: "a bar" }).rows,
    model.vary(told.first(2), { steps: 3 }).rows,
    model.inpaint(told.first(2), [new Float32Array(64).fill(1, 40)], { steps: 2, tile: true }).rows,
    model.interpolate(1, 2, { steps: 2, samples: 3, first: told.frame(0).first(1) }).rows,
    model.score(told),
  ],
});

const clips = movingBars(16, 7);
const cells = { patch: 2, hidden: 6, kernel: 3, seed: 1 } as const;

contract({
  name: "FramePredictor, squared errors and its own predictions",
  runtime,
  of: FramePredictor,
  options: { clips, ...cells, layers: 2, input: 3, output: 3 },
  data: clips,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, flip: true },
  use: (model) => [
    model.continue(clips.first(2), { frames: 4 }).rows,
    model.continue(clips.frame(0).first(1), { frames: 2, whole: true }).rows,
    model.score(clips),
  ],
});

for (const loss of ["bernoulli", "gaussian"] as const) {
  contract({
    name: `FramePredictor, ${loss} pixels, scheduled`,
    runtime,
    of: FramePredictor,
    options: { clips, ...cells, loss, shared: loss === "gaussian" },
    data: clips,
    fit: { ...small, val: 0.25, evalEvery: 2, patience: 9, feed: "scheduled", feedSteps: 4 },
    use: (model) => [
      model.continue(clips.first(2), { temperature: 0.8, seed: 5 }).rows,
      model.score(clips),
    ],
  });
}

const levels = await labelledRooms(12);

for (const [network, order] of [
  ["lstm", "snake"],
  ["transformer", "rows"],
] as const) {
  contract({
    name: `GridModel, ${network}, ${order}, windows and symmetries`,
    runtime,
    of: GridModel,
    options: {
      ...{ grids: levels, network, order, hidden: 16, seed: 1, dropout: 0.2 },
      ...(network === "lstm" ? { embed: 6, layers: 2 } : { layers: 1, context: 24 }),
    },
    data: levels,
    fit: {
      ...small,
      val: 0.3,
      evalEvery: 2,
      patience: 9,
      window: 22,
      symmetries: "all",
      labelDropout: 0.3,
    },
    use: (model) => model.score(levels),
  });
}

contract({
  name: "Diffusion, labels by a Transformer of patches",
  runtime,
  of: Diffusion,
  options: { images: drawn, ...patches },
  data: drawn,
  fit: { ...small, labelDropout: 0.3 },
  use: (model) => model.generate({ samples: 2, steps: 3, labels: { shape: "cross" } }).rows,
});

contract({
  name: "Diffusion, examples",
  runtime,
  of: Diffusion,
  options: { images: drawn, labels: false, prediction: "example", channels: 4, levels: 2 },
  data: drawn,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9 },
  use: (model) => [
    model.generate({ samples: 2, steps: 3, sampler: "heun" }).rows,
    model.generate({ samples: 2, steps: 40 }).rows,
    model.inpaint(drawn.first(2), [new Float32Array(144).fill(1, 70)], { steps: 3 }).rows,
    model.score(drawn),
  ],
});

contract({
  name: "Diffusion, velocity of vectors",
  runtime,
  of: Diffusion,
  options: {
    images: points,
    objective: "noise",
    noiseSchedule: "linear",
    prediction: "velocity",
    hidden: 8,
    layers: 2,
  },
  data: points,
  fit: small,
  use: (model) => [model.generate({ samples: 3, seed: 5 }).rows, model.score(points)],
});

const vectors: Examples = Array.from({ length: 20 }, (_, i) => {
  const x = [Math.fround(i / 10 - 1), (i % 3) - 1, (i % 5) / 4];
  return { x, y: [Math.fround(x[0] * x[1]), Math.fround(x[2] - x[0])] };
});

contract({
  name: "Perceptron",
  runtime: own,
  of: Perceptron,
  options: { inputs: 3, hidden: 8, outputs: 2, seed: 1 },
  data: vectors,
  fit: { ...small, val: true, evalEvery: 2, patience: 9 },
  weighs: false,
  use: (model) => model.score(vectors),
});

contract({
  name: "TwoPhases",
  runtime: own,
  of: TwoPhases,
  options: { seed: 7 },
  data: vectors,
  fit: small,
  weighs: false,
  use: (model) => model.score(vectors),
});

contract({
  name: "Blend, of one's own",
  runtime: own,
  of: Blend,
  options: { hidden: 6, seed: 1 },
  data: vectors,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9 },
  use: (model) => [
    model.config,
    model.score(vectors),
    model.compute((tape, { forward }) => ({ y: forward(tape, tape.tensor([1, 2, 3], [1, 3])) })),
  ],
});

contract({
  name: "Tug, of one's own in two phases",
  runtime: own,
  of: Tug,
  options: { seed: 7 },
  data: vectors,
  fit: { ...small, val: 0.25, evalEvery: 2, patience: 9 },
  use: (model) => model.score(vectors),
});

contract({
  name: "StyleTransfer",
  runtime,
  of: StyleTransfer,
  options: { style: drawings(1, 3), channels: 2, blocks: 1, window: 16 },
  data: drawings(20, 3),
  fit: { ...small, val: 0.2, evalEvery: 2, patience: 9 },
  use: (model) => [model.stylise(drawings(1, 3)).pixels, model.score(drawings(4, 3))],
});

contract({
  name: "StyleTransfer, features of a SqueezeNet",
  runtime,
  of: StyleTransfer,
  options: {
    ...{ style: drawings(1, 3), channels: 2, blocks: 1, window: 16 },
    features: squeezeNet(squeezeNetFile()),
  },
  data: drawings(12, 3),
  fit: { ...small, batch: 4 },
  use: (model) => [model.stylise(drawings(1, 3)).pixels, model.score(drawings(2, 3))],
});
