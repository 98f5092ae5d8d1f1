// One suite for every runtime: it does what users do and returns hashes of the bits that come out. It
// imports nothing, so that each platform brings the package in its own way, and takes from its runtime
// only what all of them have.

const sentences = [
  "the quick brown fox jumps over the lazy dog",
  "what is learnt once is kept for good",
  "the same seed gives the same bits — 种子相同，结果相同 🌱",
  "naïve façades, and a few numbers: 3.14159 > 2.71828",
];
const text = Array.from({ length: 60 }, (_, i) => `${i}: ${sentences[(i * i + 1) % 4]}.\n`).join(
  "",
);

const syllables = ["an", "be", "co", "da", "el", "fi", "go"];
const names = syllables.flatMap((a) => syllables.map((b) => a + b + a));

const size = { embed: 12, hidden: 32, layers: 2, dropout: 0.2, seed: 7 };
const batches = { batch: 6, seqLen: 20 };
const run = {
  ...batches,
  steps: 30,
  lr: 1e-2,
  optimizer: "adam",
  weightDecay: 1e-4,
  schedule: "cosine",
  warmup: 4,
  lrMin: 0.1,
  accumulate: 2,
  ema: 0.9,
  val: 0.1,
  evalEvery: 10,
};

/** One entry for every option of the sampler, most of them together with others. */
const samplings = {
  plain: { seed: 1 },
  temperature: { temperature: 0.7, seed: 2 },
  hot: { temperature: 1.9, samples: 3, seed: 3 },
  greedy: { greedy: true },
  topK: { topK: 5, seed: 4 },
  topP: { topP: 0.8, temperature: 1.2, seed: 5 },
  minP: { minP: 0.05, temperature: 1.5, seed: 6 },
  typical: { typicalP: 0.7, seed: 7 },
  together: { topK: 20, topP: 0.95, minP: 0.01, typicalP: 0.9, temperature: 0.9, samples: 4 },
  penalties: { repetitionPenalty: 1.3, frequencyPenalty: 0.2, presencePenalty: 0.4, seed: 8 },
  bias: { logitBias: { e: 1.5, " ": -2 }, seed: 9 },
  banned: { banned: ["th", "e "], seed: 10 },
  stop: { stop: [".\n", "🌱"], seed: 11, maxTokens: 120 },
  mask: {
    mask: (allowed, { tokens }) => {
      for (let id = tokens.length % 3; id < allowed.length; id += 3) allowed[id] = 0;
    },
    seed: 12,
  },
};

/** @returns hashes by name, and how many workers were started */
export async function conformance(
  simdream,
  nn,
  grammar,
  huggingFace,
  style,
  game,
  fairness,
  insight,
) {
  const { load, LanguageModel, Seq2Seq } = simdream;
  const plain = await load();
  let workers = 0;
  const counted = async (script) => {
    workers++;
    return plain.workers(script);
  };
  const runtime = plain.withWorkers(plain.workers && counted);
  const hashes = {};

  const model = await LanguageModel.create({ runtime, corpus: text, ...size });
  const reports = await train(model, text, run);
  hashes.weights = model.fingerprint();
  hashes.losses = await hash(reports);

  const bytes = model.save();
  hashes.file = await hash(contents(bytes));
  const loaded = await LanguageModel.load(bytes, { runtime });
  same("a file that was loaded and saved", await hash(loaded.save()), await hash(bytes));

  hashes.checkpoint = await resumed(LanguageModel, runtime, hashes.weights);
  hashes.streams = await streamed(LanguageModel, runtime);
  hashes.documents = await documents(LanguageModel, runtime);
  hashes.shards = await sharded(LanguageModel, runtime);
  hashes.pairs = await pairs(Seq2Seq, plain);
  hashes.transformer = await transformer(LanguageModel, plain);
  hashes.transformerPairs = await transformerPairs(Seq2Seq, plain);
  hashes.labels = await labels(LanguageModel, runtime);

  const set = drawn(simdream.ImageSet);
  hashes.pictures = await pictures(simdream, set);
  hashes.clips = await clips(simdream, set);
  hashes.vae = await vaes(simdream.VAE, plain, set);
  hashes.autoencoder = await autoencoder(simdream.Autoencoder, plain, set);
  hashes.classifier = await classifier(simdream, plain, set);
  hashes.gan = await gans(simdream.GAN, plain, drawn(simdream.ImageSet, 16));

  hashes.words = await words(simdream.Diffusion, plain, drawn(simdream.ImageSet, 16));
  hashes.pair = await pairOfEncoders(simdream.ImageTextPair, plain, set);
  hashes.frames = await frames(simdream, plain);
  hashes.video = await video(simdream, plain);
  hashes.diffusion = await diffusions(simdream.Diffusion, plain, drawn(simdream.ImageSet, 16));

  hashes.own = await own(nn, plain);

  hashes.samples = await hash(sample(loaded));
  hashes.logprobs = await hash(
    loaded.generate({ prompt: "the ", maxTokens: 30, logprobs: 4, seed: 3 }),
  );
  hashes.beams = await hash(
    loaded.generate({ prompt: "what ", maxTokens: 20, beams: 5, samples: 3, lengthPenalty: 0.7 }),
  );
  hashes.stream = await stream(loaded);
  hashes.grammar = await ruled(LanguageModel, plain, loaded, grammar);
  const { nats, tokens } = loaded.score(text.slice(-900));
  hashes.score = await hash([nats, tokens]);

  const small = await LanguageModel.load((await model.quantize()).save(), { runtime });
  same(
    "a quantised model that was loaded",
    small.fingerprint(),
    (await model.quantize()).fingerprint(),
  );
  const int8 = [small.fingerprint(), sample(small), small.score(text.slice(-900)).nats];
  hashes.int8 = await hash(int8);
  hashes.int4 = await fourBits(simdream, plain);
  hashes.adapters = await adapters(simdream, plain);
  hashes.pretrained = await pretrained(simdream, huggingFace, plain);
  hashes.style = await styled(simdream, style, plain);
  hashes.grids = await grids(simdream, plain);
  hashes.game = await hash(await played(game));
  hashes.fairness = await hash(await treated(fairness, loaded));
  hashes.insight = await hash(await explained(simdream, insight, loaded, set));
  hashes.audit = await hash(await audited(simdream, insight, loaded, set));
  return { hashes, workers };
}

/**
 * 4-bit weights of every network of texts. Some platforms have the relaxed product of whole numbers and some have not: one
 * hash says that both ways give the same bits.
 */
async function fourBits({ LanguageModel, Seq2Seq }, runtime) {
  const found = [];
  const options = { batch: 4, steps: 3, lr: 1e-2 };
  const transformer = { kind: "transformer", hidden: 40, layers: 1, heads: 2, context: 24 };
  for (const network of ["lstm", "gru"].map((kind) => ({ kind, hidden: 37 })).concat(transformer)) {
    const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 6 });
    await train(model, text, { ...options, seqLen: 20 });
    const file = (await model.quantize({ bits: 4 })).save();
    const small = await LanguageModel.load(file, { runtime });
    const said = small.generate({
      prompt: "the ",
      maxTokens: 30,
      overflow: "slide",
      samples: 3,
      seed: 2,
    });
    found.push(await hash(contents(file)), said, bits(small.score(text.slice(-300))));
  }
  const corpus = names.map((name) => ({ source: name, target: [...name].reverse().join("") }));
  for (const kind of ["lstm", "transformer"]) {
    const network = { kind, hidden: 36, ...(kind === "transformer" && { heads: 2 }) };
    const model = await Seq2Seq.create({ runtime, corpus, network, seed: 7 });
    await train(model, corpus, options);
    const small = await model.quantize({ bits: 4 });
    found.push(small.fingerprint(), small.generate({ source: names[0], maxTokens: 8, seed: 3 }));
    found.push(bits(small.score(corpus)));
  }
  return hash(found);
}

/** Adapters of every network of texts: trained, in a file, beside the model and merged. */
async function adapters({ LanguageModel, Seq2Seq }, runtime) {
  const found = [];
  const options = { batch: 4, steps: 3, lr: 1e-2 };
  const lora = { rank: 3, alpha: 5, targets: "all" };
  const sizes = { hidden: 32, layers: 1 };
  const transformer = { kind: "transformer", ...sizes, heads: 2, context: 24 };
  for (const network of ["lstm", "gru"].map((kind) => ({ kind, ...sizes })).concat(transformer)) {
    const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 6 });
    await train(model, text, { ...options, seqLen: 20 });
    await train(model, text.slice(-900), { ...options, seqLen: 20, shards: 2, lora });
    const file = model.getAdapter().save();
    const again = await LanguageModel.load(model.save(), { runtime });
    await again.loadAdapter(file);
    const prompt = { prompt: "the ", maxTokens: 16, seed: 2 };
    found.push(
      await hash(contents(file)),
      again.generate(prompt),
      again.generate({ ...prompt, adapter: null }),
    );
    found.push(bits((await again.merge()).score(text.slice(-300))));
  }
  const corpus = names.map((name) => ({ source: name, target: [...name].reverse().join("") }));
  const model = await Seq2Seq.create({
    runtime,
    corpus,
    network: { kind: "lstm", ...sizes },
    seed: 7,
  });
  await train(model, corpus, options);
  await train(model, corpus, { ...options, lora });
  found.push(model.getAdapter().fingerprint(), bits(model.score(corpus)));
  return hash(found);
}

/** Takes the steps, at most until `until`. @returns what the reports say that is no time */
async function train(model, data, options, until = Infinity) {
  const reports = [];
  for await (const { step, loss, validation = null, best = null, lr, gradNorm } of model.fit(
    data,
    options,
  )) {
    reports.push([step, loss, validation, best, lr, gradNorm]);
    if (step >= until) break;
  }
  return reports;
}

async function resumed(LanguageModel, runtime, whole) {
  const model = await LanguageModel.create({ runtime, corpus: text, ...size });
  await train(model, text, run, 13);
  const checkpoint = model.save({ training: true });
  const other = await LanguageModel.load(checkpoint, { runtime });
  await train(other, text, run);
  same("a run that was stopped and resumed", other.fingerprint(), whole);
  return hash(contents(checkpoint));
}

/** The text from front to back, with bytes as tokens; SGD and a plateau. */
async function streamed(LanguageModel, runtime) {
  const options = { tokenizer: "byte", embed: 8, hidden: 16, seed: 3 };
  const model = await LanguageModel.create({ runtime, ...options });
  const reports = await train(model, text, {
    ...batches,
    batching: "streams",
    steps: 16,
    optimizer: "sgd",
    lr: 0.5,
    momentum: 0.8,
    schedule: "plateau",
    lrPatience: 1,
    val: 0.2,
    evalEvery: 2,
    patience: 5,
  });
  return hash([model.fingerprint(), reports, model.generate({ maxTokens: 40, seed: 5 }).text]);
}

/** Documents, with byte pairs as tokens. */
async function documents(LanguageModel, runtime) {
  const options = { corpus: names, tokenizer: "bpe", vocab: 270, embed: 8, hidden: 16, seed: 4 };
  const model = await LanguageModel.create({ runtime, ...options });
  const reports = await train(model, names, {
    batch: 8,
    steps: 25,
    lr: 2e-2,
    schedule: "step",
    val: 0.2,
  });
  const { samples } = model.generate({ maxTokens: 20, samples: 8, seed: 9 });
  const talks = await conversations(LanguageModel, runtime);
  return hash([model.fingerprint(), reports, samples, model.score(names).nats, talks]);
}

const said = (...contents) =>
  contents.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));

/** Documents that are conversations, with what was read of them before and without. */
async function conversations(LanguageModel, runtime) {
  const corpus = names.slice(0, 24).map((name, i) => said(name, names[i + 1], "and", names[i + 2]));
  const found = [];
  const transformer = { kind: "transformer", hidden: 16, layers: 1, heads: 2, context: 64 };
  for (const network of [{ kind: "lstm", hidden: 12 }, transformer]) {
    const model = await LanguageModel.create({ runtime, corpus, network, seed: 5 });
    await train(model, corpus, { batch: 4, steps: 6, lr: 1e-2 });
    for (const messages of [corpus[0].slice(0, 1), corpus[0].slice(0, 3)]) {
      const asked = { messages, maxTokens: 10, samples: 2, logprobs: 0, seed: 3 };
      const answer = model.generate(asked);
      const again = model.generate({ ...asked, cacheBytes: 0 });
      same("an answer without what was read before", await hash(again), await hash(answer));
      model.generate({ ...asked, maxTokens: 1 });
      found.push(answer);
    }
    found.push(model.fingerprint(), model.score(corpus).nats);
  }
  return found;
}

/** Two shards, by two workers where there are any. */
async function sharded(LanguageModel, runtime) {
  const fingerprints = [];
  for (const workers of [1, 2]) {
    const model = await LanguageModel.create({ runtime, corpus: text, ...size });
    await train(model, text, { ...batches, steps: 6, shards: 2, workers });
    fingerprints.push(model.fingerprint());
  }
  same("training with two workers", fingerprints[1], fingerprints[0]);
  return fingerprints[0];
}

/** Both styles: training, resuming, two workers, the cache and its overflow, beams, 8 bits. */
async function transformer(LanguageModel, runtime) {
  const found = [];
  const sizes = { kind: "transformer", hidden: 24, layers: 2, heads: 4, context: 20, dropout: 0.1 };
  for (const network of [
    { ...sizes, heads: 2, kvHeads: 1, window: 9 },
    { ...sizes, style: "gpt2", bias: true },
  ]) {
    const options = { batch: 6, steps: 8, lr: 1e-2, shards: 2, val: 0.1, evalEvery: 4 };
    const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 3 });
    const reports = await train(model, text, { ...options, workers: 2 }, 5);
    const resumed = await LanguageModel.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, text, options)));
    const asked = { prompt: "the ", maxTokens: 40, overflow: "slide", seed: 4 };
    const answers = [
      resumed.generate({ ...asked, samples: 3 }),
      resumed.generate({ ...asked, beams: 3 }),
      (await resumed.quantize()).generate(asked),
      bits(resumed.score(text.slice(-300))),
    ];
    found.push([resumed.fingerprint(), reports, answers]);
  }
  return hash(found);
}

/** Documents with labels, of both networks: some dropped in training, all or some given to samples. */
async function labels(LanguageModel, runtime) {
  const corpus = names.map((name, i) => {
    const kind = i % 3 === 0 ? "日" : "月";
    return i % 7 === 6 ? name : { text: name, labels: { title: `${name[0]} ${i}`, kind } };
  });
  const networks = [
    { embed: 8, hidden: 16, dropout: 0.1 },
    { network: "transformer", hidden: 16, layers: 2, heads: 2, context: 16 },
  ];
  const found = [];
  for (const network of networks) {
    const options = { batch: 8, steps: 10, lr: 1e-2, shards: 2, val: 0.2, evalEvery: 5 };
    const model = await LanguageModel.create({ runtime, corpus, seed: 6, ...network });
    const reports = await train(model, corpus, { ...options, labelDropout: 0.2 }, 6);
    const resumed = await LanguageModel.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, corpus, options)));
    const answers = [{ kind: "日", title: "b 9" }, { kind: "月" }, {}].map((given) =>
      resumed.generate({ labels: given, maxTokens: 6, samples: 4, seed: 3 }),
    );
    found.push([resumed.fingerprint(), reports, resumed.labels, answers, resumed.score(corpus)]);
  }
  return hash(found);
}

/** Encoder-decoders of every attention: joint loss, noise, shards and workers, a run that is resumed. */
async function pairs(Seq2Seq, runtime) {
  const own = { embed: 8, hidden: 16, dropout: 0.1, seed: 5 };
  const found = [];
  for (const attention of ["none", "luong-dot", "luong", "bahdanau"]) {
    const bidirectional = attention !== "none";
    const sizes = { ...own, attention, bidirectional, layers: bidirectional ? 1 : 2 };
    const workers = attention === "luong" ? 2 : 1;
    found.push(
      await ofPairs(Seq2Seq, runtime, { ...sizes, reverseSource: !bidirectional }, workers),
    );
  }
  return hash(found);
}

/** The same by Transformers of both styles. */
async function transformerPairs(Seq2Seq, runtime) {
  const sizes = { kind: "transformer", hidden: 16, layers: 2, heads: 4, dropout: 0.1 };
  const found = [];
  for (const network of [
    { ...sizes, kvHeads: 2, tied: true },
    { ...sizes, style: "gpt2", bias: true },
  ]) {
    found.push(await ofPairs(Seq2Seq, runtime, { network, seed: 5 }, 2));
  }
  return hash(found);
}

/** What a model of pairs comes to. */
async function ofPairs(Seq2Seq, runtime, sizes, workers) {
  const corpus = names.map((name, i) => ({
    source: name,
    target: [...name].reverse().join("").toUpperCase(),
    label: i % 2 === 0 ? "even" : "odd",
  }));
  const options = {
    batch: 8,
    steps: 12,
    lr: 1e-2,
    shards: 2,
    val: 0.2,
    evalEvery: 6,
    lambda: 0.7,
    smoothing: 0.1,
    scheduledSampling: 0.2,
    noise: { drop: 0.1, swap: 0.1, mask: 0.1 },
  };
  const model = await Seq2Seq.create({ runtime, corpus, ...sizes });
  const reports = await train(model, corpus, { ...options, workers }, 7);
  const resumed = await Seq2Seq.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(resumed, corpus, options)));
  const { source } = corpus[3];
  const answers = [
    resumed.generate({ source, maxTokens: 8, samples: 3, seed: 2 }),
    resumed.generate({ source, maxTokens: 8, beams: 4, samples: 2 }),
    (await resumed.quantize()).generate({ source, maxTokens: 8, seed: 2 }),
    resumed.classify(source),
    [...resumed.encode(source)],
    bits(resumed.score(corpus)),
  ];
  return [resumed.fingerprint(), reports, answers];
}

/** Bars that lie, stand or cross, in colours. */
function drawn(ImageSet, side = 12) {
  const count = 40;
  const pixels = new Uint8Array(count * side * side * 3);
  const indices = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    indices[i] = i % 3;
    const [row, column] = [2 + ((5 * i) % 8), 2 + ((3 * i) % 8)];
    for (let at = 0; at < side * side; at++) {
      const lying = Math.floor(at / side) === row && i % 3 !== 1;
      const standing = at % side === column && i % 3 !== 0;
      const colour = [40 + 5 * i, 255 - 3 * i, (37 * i) % 256];
      const grain = (at * 31 + i * 17) % 23;
      pixels.set(
        lying || standing ? colour : [grain, grain, 2 * grain],
        3 * (i * side * side + at),
      );
    }
  }
  const labels = [{ name: "bar", classes: ["lying", "standing", "cross"], indices }];
  return new ImageSet({ pixels, height: side, width: side, channels: 3, labels });
}

/** Sets of pictures: a file's pixels and bytes, a split, other sizes. */
async function pictures({ ImageSet }, set) {
  const png = await set.first(6).grid({ columns: 3 });
  const again = await ImageSet.fromPNG([{ name: "grid.png", bytes: png }]);
  const small = await ImageSet.fromPNG([{ name: "grid.png", bytes: png }], {
    size: { width: 9, height: 7 },
  });
  const { train: kept, validation } = set.split({ val: 0.2, seed: 3 });
  const sets = [again, small, kept, validation].map((one) => one.fingerprint());
  return hash([Array.from(png), sets]);
}

/** Clips as animated files, exact and with near colours only, and as they are read again, smaller and in groups. */
async function clips({ ImageSet }, { pixels, height, width, channels }) {
  const frames = 6;
  const whole = Math.floor(pixels.length / (frames * height * width * channels));
  const some = pixels.slice(0, whole * frames * height * width * channels);
  const mixed = some.map((byte, i) => (byte * 7 + (i % 251) * 13) & 255);
  const made = [];
  for (const pixels of [some, mixed]) {
    const set = new ImageSet({ pixels, frames, fps: 12, height, width, channels });
    const gif = await set.toGIF([0, 1], { columns: 2 });
    const apng = await set.toAPNG(0);
    const files = [gif, apng].map((bytes, i) => ({ name: `${i}`, bytes }));
    const how = { size: 9, fit: "stretch", frames: 3, every: 2 };
    const again = await ImageSet.fromGIF(files, how);
    const sheet = await ImageSet.fromSheet(await set.sheet(), {
      tile: [height, width],
      columns: [0, 3],
    });
    made.push([gif, apng].map((bytes) => Array.from(bytes)));
    const sides = again.split({ val: 0.5, seed: 2 });
    made.push([again, sheet, sides.train, again.frame(1)].map((one) => one.fingerprint()));
  }
  return hash(made);
}

/** VAEs of every kind of pixels and norm: stopped and resumed, by two workers; what they make and measure. */
async function vaes(VAE, runtime, images) {
  const found = [];
  const own = { channels: 8, latent: 4, seed: 5 };
  const grey = images.pixels.filter((_, i) => i % 3 === 0);
  const vectors = Array.from({ length: 40 }, (_, i) =>
    Float32Array.from({ length: 6 }, (_, d) => ((i * (d + 3)) % 11) / 5 - 1),
  );
  for (const [data, options, fit] of [
    [images, { ...own, norm: "batch" }, { betaWarmup: 5, flip: true, shift: 1 }],
    [images, { ...own, norm: "group", pixels: "logistic", activation: "silu" }, { freeBits: 0.3 }],
    [
      new images.constructor({ ...images, pixels: grey, channels: 1, skipped: [] }),
      { network: "dense", hidden: 16, latent: 4, binarize: "stochastic", labels: false },
      { beta: 2 },
    ],
    [vectors, { hidden: 16, latent: 2 }, { objective: "iwae", particles: 3 }],
  ]) {
    const run = { batch: 8, steps: 8, lr: 1e-2, shards: 2, val: 0.2, evalEvery: 4, ...fit };
    const model = await VAE.create({ runtime, images: data, ...options });
    const reports = await train(model, data, { ...run, workers: 2 }, 5);
    const resumed = await VAE.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, data, run)));
    const some = Array.isArray(data) ? data.slice(0, 2) : data.first(2);
    const { mean } = resumed.encode(some);
    const made = [
      resumed.generate({ samples: 3, seed: 7 }),
      resumed.generate({ samples: 2, temperature: 0.7, drawPixels: true }),
      resumed.reconstruct(some),
      resumed.interpolate(mean[0], mean[1], { steps: 4, spherical: true }),
    ].map(({ rows }) => rows.map((row) => Array.from(row)));
    found.push([resumed.fingerprint(), reports, made, resumed.score(some, { importance: 7 })]);
  }
  return hash(found);
}

/** A denoising autoencoder. */
async function autoencoder(Autoencoder, runtime, images) {
  const options = { images, channels: 8, latent: 8, norm: "batch", seed: 6 };
  const run = { batch: 8, steps: 8, lr: 1e-2, shards: 2, val: 0.2, noise: 0.3, mask: 0.2 };
  const model = await Autoencoder.create({ runtime, ...options });
  const reports = await train(model, images, { ...run, workers: 2 }, 5);
  const resumed = await Autoencoder.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(resumed, images, run)));
  const { images: noisy } = resumed.corrupt(images.first(3), { noise: 0.3, seed: 4 });
  const made = resumed.denoise(noisy).images.fingerprint();
  return hash([resumed.fingerprint(), reports, made, resumed.score(images, { mask: 0.2 })]);
}

/** A classifier, and distances of its features. */
async function classifier(simdream, runtime, images) {
  const options = { images, channels: 8, features: 12, dropout: 0.1, seed: 7 };
  const run = { batch: 8, steps: 12, lr: 1e-2, shards: 2, val: 0.2, evalEvery: 4, shift: 1 };
  const model = await simdream.Classifier.create({ runtime, ...options });
  const reports = await train(model, images, { ...run, workers: 2 }, 5);
  const resumed = await simdream.Classifier.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(resumed, images, run)));
  const features = resumed.features(images);
  const [some, others] = [features.slice(0, 20), features.slice(20)];
  const distances = ["frechetDistance", "kernelDistance", "precisionRecall"].map((name) =>
    simdream[name](some, others),
  );
  const said = [resumed.classify(images.first(5)), resumed.score(images)];
  return hash([resumed.fingerprint(), reports, said, distances]);
}

/** GANs of both networks: stopped and resumed, by two workers; the file of what they make, and what they measure. */
async function gans(GAN, runtime, images) {
  const found = [];
  const own = { latent: 4, seed: 8 };
  for (const [options, fit] of [
    [{ channels: 4 }, { r1: 0.5, translation: 0.2, cutout: 0.4, emaFirst: 0.5 }],
    [
      { network: "dense", hidden: 16, layers: 2, spectral: true, labels: false },
      { objective: "hinge", instanceNoise: 0.1, discriminatorSteps: 2, discriminatorLr: 2 },
    ],
  ]) {
    const run = { batch: 8, steps: 6, shards: 2, val: 0.2, evalEvery: 3, ema: 0.9, ...fit };
    const model = await GAN.create({ runtime, images, ...own, ...options });
    const reports = await train(model, images, { ...run, workers: 2 }, 4);
    const resumed = await GAN.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, images, run)));
    const made = resumed.generate({ samples: 6, seed: 7 });
    const png = Array.from(await made.images.grid({ columns: 3 }));
    const [from, to] = resumed.latents({ samples: 2, seed: 9 });
    const way = resumed.interpolate(from, to, { steps: 3 }).rows.map((row) => Array.from(row));
    const judged = Array.from(resumed.discriminate(images.first(5)));
    found.push([resumed.fingerprint(), reports, png, way, judged, resumed.score(images)]);
  }
  return hash(found);
}

/** Diffusions of both networks and objectives: stopped and resumed, by two workers; all that they make, and what they measure. */
async function diffusions(Diffusion, runtime, images) {
  const found = [];
  for (const [options, sampling] of [
    [
      { channels: 4, attention: true },
      { sampler: "heun", guidance: 2 },
    ],
    [
      { objective: "noise", network: "mlp", hidden: 16, layers: 2, labels: false },
      { sampler: "ancestral" },
    ],
    [
      { objective: "noise", prediction: "velocity", noiseSchedule: "linear", channels: 4 },
      { sampler: "ddim", tile: true },
    ],
    [{ prediction: "example", channels: 4, labels: false }, { sampler: "heun" }],
  ]) {
    const run = { batch: 8, steps: 6, shards: 2, val: 0.2, evalEvery: 3, ema: 0.9 };
    const model = await Diffusion.create({ runtime, images, seed: 8, ...options });
    const reports = await train(model, images, { ...run, workers: 2 }, 4);
    const resumed = await Diffusion.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, images, run)));
    const made = resumed.generate({ samples: 6, steps: 4, seed: 7, ...sampling });
    const png = Array.from(await made.images.grid({ columns: 3 }));
    const emerging = [];
    for await (const { time, predicted } of resumed.stream({ steps: 3, ...sampling })) {
      emerging.push([time, predicted.rows.map((row) => Array.from(row))]);
    }
    const mask = [new Float32Array(images.height * images.width).fill(1, 40, 120)];
    const others = [
      resumed.inpaint(images.first(2), mask, { steps: 3, repeats: 2, ...sampling }),
      resumed.vary(images.first(2), { steps: 4, strength: 0.6, ...sampling }),
      resumed.interpolate(3, 4, { steps: 2, samples: 3 }),
    ].map(({ rows }) => rows.map((row) => Array.from(row)));
    found.push([resumed.fingerprint(), reports, png, emerging, others, resumed.score(images)]);
  }
  return hash(found);
}

/** Diffusions that learn captions, by both networks of pictures: stopped and resumed, by two workers, and asked in words. */
async function words(Diffusion, runtime, images) {
  const said = images.withCaptions(
    Array.from({ length: images.length }, (_, i) => [`number ${i % 3} of many`, `第${i % 3}个`]),
  );
  const found = [];
  for (const options of [
    { channels: 4, levels: 2, tokenizer: "char", textLevels: 2 },
    { network: "dit", patch: 4, hidden: 16, layers: 2, tokenizer: "bpe" },
  ]) {
    const own = { runtime, images: said, labels: false, textWidth: 16, seed: 9, ...options };
    const run = { batch: 8, steps: 4, shards: 2, val: 0.2, evalEvery: 2, ema: 0.9 };
    const model = await Diffusion.create(own);
    const reports = await train(model, said, { ...run, workers: 2 }, 2);
    const resumed = await Diffusion.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, said, run)));
    const asked = { prompt: ["number 1", "第2个"], guidance: 3, negative: "many", steps: 3 };
    const rows = resumed.generate(asked).rows.map((row) => Array.from(row));
    found.push([resumed.fingerprint(), reports, rows, resumed.score(said)]);
  }
  return hash(found);
}

/** A pair of encoders: stopped and resumed, by two workers; what it finds. */
async function pairOfEncoders(ImageTextPair, runtime, images) {
  const said = images.withCaptions(
    Array.from({ length: images.length }, (_, i) => [`number ${i % 5} of many`, `第${i % 5}个`]),
  );
  const own = { channels: 8, features: 12, textWidth: 16, textLayers: 1, norm: "batch", seed: 10 };
  const run = { batch: 8, steps: 8, lr: 5e-3, shards: 2, val: 0.2, evalEvery: 4, shift: 1 };
  const model = await ImageTextPair.create({ runtime, images: said, ...own });
  const reports = await train(model, said, { ...run, workers: 2 }, 5);
  const resumed = await ImageTextPair.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(resumed, said, run)));
  const texts = ["number 3 of many", "第2个"];
  const found = [
    resumed.similar(texts, said).map((row) => Array.from(row)),
    resumed.search(texts[0], said, { top: 4 }),
    resumed.match(said.first(3), texts),
    resumed.score(said, { among: 4 }),
  ];
  return hash([resumed.fingerprint(), reports, found]);
}

/** Frame predictors of all losses and feeds: stopped and resumed, by two workers; what they continue, and what they measure. */
async function frames({ FramePredictor, ImageSet }, runtime) {
  const clips = bars(ImageSet, 16, 7);
  const all = [];
  for (const [loss, feed, layers] of [
    ["squared", "own", 2],
    ["bernoulli", "scheduled", 1],
    ["gaussian", "truth", 1],
  ]) {
    const own = { input: 3, output: 3, hidden: 12, kernel: 3, layers, loss };
    const run = { batch: 6, steps: 8, lr: 1e-2, shards: 2, val: 0.2, evalEvery: 4, feed };
    const model = await FramePredictor.create({
      ...{ runtime, clips, ...own, shared: loss === "gaussian", seed: 11 },
    });
    const reports = await train(model, clips, { ...run, feedSteps: 6, workers: 2 }, 5);
    const resumed = await FramePredictor.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, clips, { ...run, feedSteps: 6 })));
    const temperature = loss === "squared" ? 0 : 0.9;
    const more = resumed.continue(clips.first(3), { frames: 5, temperature, seed: 2 });
    all.push(
      resumed.fingerprint(),
      reports,
      more.rows.map((row) => Array.from(row)),
    );
    all.push(resumed.score(clips));
  }
  return hash(all);
}

/** Grid models of both networks: stopped and resumed, by two workers; what they draw under rules, with 8-bit weights, too. */
async function grids({ GridModel, GridSet }, runtime) {
  const texts = Array.from({ length: 14 }, (_, n) => {
    const [width, height] = [6 + (n % 3), 5 + (n % 2)];
    const cell = (x, y) => {
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return "#";
      return x === 1 + (n % 3) && y === 2 ? "@" : " o.$"[(x * 7 + y * 3 + n * 5) % 4];
    };
    const row = (_, y) => Array.from({ length: width }, (_, x) => cell(x, y)).join("");
    return Array.from({ length: height }, row).join("\n");
  });
  const levels = (await GridSet.fromText(texts.join("\n\n"))).withLabels(
    texts.map((_, n) => ({ kind: n % 2 === 0 ? "even" : "odd" })),
  );
  const all = [levels.fingerprint()];
  for (const network of [
    { kind: "lstm", embed: 12, hidden: 20, layers: 2, dropout: 0.1 },
    { kind: "transformer", hidden: 32, layers: 2, context: 32 },
  ]) {
    const order = network.kind === "lstm" ? "snake" : "rows";
    const model = await GridModel.create({ runtime, grids: levels, network, order, seed: 5 });
    const run = { batch: 6, window: 28, steps: 8, lr: 1e-2, shards: 2, val: 0.2, evalEvery: 4 };
    const fit = { ...run, symmetries: "all", labelDropout: 0.2 };
    const reports = await train(model, levels, { ...fit, workers: 2 }, 5);
    const resumed = await GridModel.load(model.save({ training: true }), { runtime });
    reports.push(...(await train(resumed, levels, fit)));
    const small = await GridModel.load((await resumed.quantize()).save(), { runtime });
    all.push(resumed.fingerprint(), reports, small.fingerprint());
    for (const who of [resumed, small]) {
      const { grids, tries } = await who.generate({
        ...{ width: 9, height: 6, samples: 4, seed: 3, temperature: 0.9, topP: 0.95 },
        rules: { counts: { "@": 1, $: [1, 3] }, equal: [["$", "o"]], border: "#" },
        labels: { kind: "odd" },
        playable: (level) => level.indexOf("@") < level.indexOf("$"),
        ...{ tries: 6, repairs: 4, refused: "skip" },
      });
      all.push(grids.fingerprint(), tries, who.score(levels));
    }
  }
  return hash(all);
}

/** Clips of a bar that moves, across or down. */
function bars(ImageSet, count, frames, side = 8) {
  const pixels = Uint8Array.from({ length: count * frames * side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    const [t, clip] = [Math.floor(i / side ** 2) % frames, Math.floor(i / side ** 2 / frames)];
    const place = ((clip % 2 ? x : y) + 5 * clip + 2 * t) % side;
    return place < 2 ? 250 - 9 * (clip % 8) : 3 * place;
  });
  return new ImageSet({ pixels, frames, height: side, width: side, channels: 1 });
}

/** A diffusion of clips: stopped and resumed, by two workers; clips from nothing, from a first frame, as loops; its score. */
async function video({ Diffusion, ImageSet }, runtime) {
  const plain = bars(ImageSet, 16, 4);
  const ways = Array.from({ length: plain.length }, (_, i) => ({ way: i % 2 ? "across" : "down" }));
  const images = plain.withLabels(ways);
  const own = { channels: 4, levels: 2, timeLevels: 2, seed: 12 };
  const run = { batch: 6, steps: 6, shards: 2, val: 0.2, evalEvery: 3, ema: 0.9, flip: true };
  const model = await Diffusion.create({ runtime, images, ...own });
  const reports = await train(model, images, { ...run, workers: 2 }, 4);
  const resumed = await Diffusion.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(resumed, images, run)));
  const asked = { steps: 3, guidance: 2, labels: { way: "down" } };
  const made = [
    resumed.generate({ samples: 2, seed: 5, ...asked }),
    resumed.generate({ first: images.frame(0).first(2), loop: true, ...asked }),
    resumed.generate({ samples: 2, loop: true, tile: true, steps: 2 }),
  ].map(({ rows }) => rows.map((row) => Array.from(row)));
  return hash([resumed.fingerprint(), reports, made, resumed.score(images)]);
}

/** A score without its perplexity: a report, by the engine's own exp. */
function bits({ perplexity: _, ...score }) {
  return score;
}

function sample(model) {
  return Object.values(samplings).map((options) =>
    model
      .generate({ prompt: "the ", maxTokens: 40, ...options })
      .samples.map(({ text, tokens, finish }) => [text, tokens, finish]),
  );
}

/** Conversations by the template that a model of its own brings to a folder. */
async function templated(LanguageModel, { fromPretrained, toPretrained }, sizes, runtime) {
  const corpus = sentences.map((text) => said(text.slice(0, 10), text.slice(10, 18)));
  const model = await LanguageModel.create({ runtime, corpus, network: sizes, seed: 8 });
  await model.fit(corpus, { steps: 2, batch: 4, lr: 1e-2, val: 0 });
  const again = await fromPretrained(await toPretrained(model), { runtime });
  const score = await hash(bits(model.score(corpus)));
  same("a score by a template", await hash(bits(again.score(corpus))), score);
  const messages = corpus[0].slice(0, 1);
  return again.generate({ messages, maxTokens: 8, samples: 2, seed: 4, overflow: "stop" });
}

/** Models written as Hugging Face's folders, read from them, trained further, and rounded while they are read. */
async function pretrained({ LanguageModel }, { fromPretrained, toPretrained }, runtime) {
  const llama3 = { type: "llama3", factor: 4, originalContext: 8 };
  const sizes = { kind: "transformer", hidden: 24, layers: 2, heads: 4, context: 32 };
  const models = [
    [{ qkNorm: true, headSize: 10, kvHeads: 2, normEps: 1e-6 }, "char"],
    [{ ropeScaling: { ...llama3, lowFreqFactor: 1, highFreqFactor: 4 }, window: 9 }, "byte"],
    [{ qkvBias: true, tied: false, ropeScaling: { type: "linear", factor: 3 } }, "bpe"],
    [{ style: "gpt2", bias: true, inner: 40 }, "bpe"],
  ];
  const found = [];
  for (const [own, tokenizer] of models) {
    const vocab = tokenizer === "bpe" ? { vocab: 280 } : {};
    const network = { ...sizes, ...own };
    const options = { runtime, corpus: sentences, network, tokenizer, ...vocab, seed: 8 };
    const model = await LanguageModel.create(options);
    await model.fit(sentences, { steps: 2, batch: 4, lr: 1e-2, val: 0 });
    const files = await toPretrained(model);
    for (const [name, file] of Object.entries(files)) found.push(name, await hash(file));
    const streams = () =>
      Object.fromEntries(
        Object.entries(files).map(([name, file]) => [name, new Response(file).body]),
      );
    const again = await fromPretrained(streams(), { runtime });
    await again.fit(sentences, { steps: 2, batch: 4, lr: 1e-3, val: 0 });
    const loaded = await LanguageModel.load(again.save(), { runtime });
    const small = await fromPretrained(streams(), { runtime, weights: "int8" });
    const asked = { prompt: "the ", maxTokens: 12, samples: 2, seed: 4 };
    for (const one of [loaded, small]) {
      found.push(one.fingerprint(), one.generate(asked), bits(one.score(sentences)));
    }
  }
  found.push(await templated(LanguageModel, { fromPretrained, toPretrained }, sizes, runtime));
  return hash(found);
}

/** Texts of a model of characters and of one of bytes, under each kind of grammar. */
async function ruled(LanguageModel, runtime, model, { gbnf, jsonSchema, regex }) {
  const bytes = await LanguageModel.create({ runtime, corpus: names, tokenizer: "byte", ...size });
  await bytes.fit(names, { steps: 2, batch: 4, lr: 1e-3 });
  const schema = {
    type: "array",
    items: { type: ["number", "string", "null"], minimum: -1.5, maximum: 40, maxLength: 9 },
    minItems: 2,
    maxItems: 4,
  };
  const grammars = [
    regex("[a-z]{2,9}( [^\\d\\s]{1,7}){1,4}\\.?", "u"),
    regex("(the|a)[ a-f]*", "s"),
    gbnf('root ::= word (" " word){1,4} "."\nword ::= [a-k]{1,4} | "种" [^a-z]{1,2}'),
  ];
  const made = [
    ...grammars.map((grammar, seed) => model.generate({ grammar, seed, samples: 3 })),
    model.generate({ grammar: grammars[0], beams: 3, samples: 2 }),
    ...[...grammars, jsonSchema(schema)].map((grammar, seed) => bytes.generate({ grammar, seed })),
  ];
  return hash(made.map(({ samples }) => samples.map(({ text, finish }) => [text, finish])));
}

async function own(nn, runtime) {
  const points = Array.from({ length: 90 }, (_, i) => [i / 45 - 1, ((i * i) % 31) / 31]);
  const Model = nn.defineModel({
    name: "Own",
    defaults: { hidden: 12, drop: 0.1 },
    batch: (data, indices) => ({
      x: Float32Array.from(indices, (i) => data[i][0]),
      y: Float32Array.from(indices, (i) => data[i][1]),
    }),
    build(scope, { hidden, drop }) {
      const first = new nn.Linear(scope.child("first"), 1, hidden);
      const norm = new nn.Norm(scope.child("norm"), hidden, { kind: "layer", bias: true });
      const out = new nn.Linear(scope.child("out"), hidden, 2);
      const forward = (tape, x) => {
        const h = nn.tanh(tape, norm.forward(tape, first.forward(tape, x)));
        return out.forward(tape, nn.dropout(tape, h, drop));
      };
      const phase = (name, trains, more) => ({ name, trains, ...more });
      return {
        forward,
        phases: [
          phase("inner", ["first.", "norm."], { repeats: 2 }),
          phase("outer", ["out."], { options: { optimizer: "sgd", lr: 0.05 } }),
        ],
        loss(tape, { x, y }, { rows }) {
          const noise = nn.scale(tape, nn.gaussianNoise(tape, [rows, 1]), 0.01);
          const said = forward(tape, nn.add(tape, tape.tensor(x, [rows, 1]), noise));
          const ids = Array.from({ length: rows }, (_, i) => (i * 7) % rows);
          const turned = nn.scatter(tape, nn.gather(tape, said, ids), ids, rows);
          const spread = nn.repeatLast(tape, tape.tensor(y, [rows]), 2);
          const loss = nn.add(tape, nn.mse(tape, said, spread), nn.logSumExp(tape, turned));
          return { loss, parts: { error: nn.mse(tape, said, spread) } };
        },
      };
    },
  });
  const options = { batch: 12, shards: 2, steps: 20, lr: 1e-2, ema: 0.9, val: 0.2, evalEvery: 5 };
  const model = await Model.create({ runtime, seed: 5 });
  const reports = await train(model, points, options, 7);
  const again = await Model.load(model.save({ training: true }), { runtime });
  reports.push(...(await train(again, points)));
  await train(model, points, options);
  same("a network of one's own that was resumed", again.fingerprint(), model.fingerprint());
  const said = (of) =>
    of.compute((tape, network) => [
      network.forward(tape, tape.tensor([0.5, -0.5], [2, 1])),
      nn.uniformNoise(tape, [5]),
    ]);
  return hash([
    reports,
    model.fingerprint(),
    said(model),
    said(await model.quantize()),
    model.score(points),
  ]);
}

/** A tile, a picture in a style, and a network of that style. */
async function styled({ ImageSet }, { StyleTransfer, synthesizeTexture, transferStyle }, runtime) {
  const drawn = (width, height, count, f) =>
    new ImageSet({
      ...{ width, height, channels: 3 },
      pixels: Uint8Array.from({ length: 3 * width * height * count }, (_, i) => f(i)),
    });
  const style = drawn(50, 45, 1, (i) =>
    Math.floor(i / 3) % 7 < 3 ? 30 + (i % 11) : 190 + (i % 29),
  );
  const photo = drawn(52, 48, 1, (i) => (i * i * 31) % 251);
  const few = { steps: 12, runtime };
  const tile = await synthesizeTexture(style, { ...few, width: 48, height: 40, tileable: true });
  const mixed = [{ image: style }, { image: photo, weight: 2 }];
  const made = await transferStyle(photo, mixed, { ...few, variation: 0.1, keepColours: true });
  const model = await StyleTransfer.create({ style, channels: 3, blocks: 1, window: 32, runtime });
  const photos = drawn(36, 34, 4, (i) => (i * 73) % 256);
  const reports = [];
  for await (const { loss } of model.fit(photos, { steps: 3, batch: 2, shards: 2 })) {
    reports.push(loss);
  }
  return hash([
    ...[tile, made].map(({ image, loss }) => [Array.from(image.pixels), loss]),
    ...[reports, model.fingerprint(), Array.from(model.stylise(photo).pixels), model.score(photos)],
  ]);
}

/** Seeds of days, links, ways through levels and what they have in common. */
async function played({ dailySeed, levelLink, readLink, verify, ...checks }) {
  const seeds = ["2026-11-30", "1969-12-31", "2028-02-29"].map((day) => dailySeed(day, "hard 难"));
  const cell = (seed, symbols) =>
    symbols[(Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 8) % symbols.length];
  const rows = (seed, width, height, symbols) =>
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => cell(seed + 97 * y + x, symbols)).join(""),
    );
  const numbers = [0.1, 1 / 3, -7, 2 ** 53 - 1, 5e-324, 0.30000000000000004];
  const options = { width: 9, labels: { theme: "洞" }, numbers };
  const file = Uint8Array.from({ length: 999 }, (_, i) => i * i);
  const links = seeds.map((seed) => levelLink({ model: file, seed, options }));
  const level = ({ seed, options: { width } }) => rows(seed, width, 4, "ab").join("\n");
  const right = await verify(links[0], level(readLink(links[0])), level);
  const ground = rows(seeds[0], 60, 1, "XXXXX-")[0];
  const course = [...rows(seeds[1], 60, 7, "---------S"), "-".repeat(60), `X${ground.slice(1)}`];
  const box = ["##########", "#@       #", "#  $  .  #", "#   $#   #", "# .   $. #", "##########"];
  const [a, b] = [course.join("\n"), rows(seeds[2], 60, 9, "--XS").join("\n")];
  const { platformerPath, solveSokoban, copied, novelty, diversity, difficulty } = checks;
  return [
    ...[seeds, links, links.map(readLink), right, platformerPath(a), solveSokoban(box.join("\n"))],
    ...[copied(a, b, { window: 2, symmetries: "mirror" }), novelty(a, b), diversity([a, b])],
    difficulty(box.join("\n"), "sokoban"),
  ];
}

async function stream(model) {
  const options = { prompt: "na", maxTokens: 60, temperature: 1.1, samples: 2, seed: 21 };
  const chunks = [];
  for await (const { sample, text, token = null } of model.stream(options)) {
    chunks.push([sample, text, token]);
  }
  const { samples } = model.generate(options);
  for (const [i, { text }] of samples.entries()) {
    const own = chunks.filter(([sample]) => sample === i).map(([, piece]) => piece);
    same("a stream's text", own.join(""), text);
  }
  return hash(chunks);
}

function same(what, got, expected) {
  if (got !== expected) throw new Error(`${what} is ${got}, expected ${expected}`);
}

/** What a file holds, but for the package's version: the metadata as JSON, and the bytes of the tensors. */
function contents(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { version, ...rest } = JSON.parse(header.__metadata__.simdream);
  for (const named of [{ version }, ...rest.record.history]) {
    if (typeof named.version !== "string") throw new Error(`a version is ${named.version}`);
    named.version = "any";
  }
  return [{ ...header, __metadata__: rest }, Array.from(bytes.subarray(8 + length))];
}

/** SHA-256 of bytes, or of a value as JSON: it writes a number so that no other one is written alike. */
async function hash(value) {
  const bytes =
    value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a model remembers, and a run whose guard raises dropout. */
async function audited({ LanguageModel }, insight, model, set) {
  const { audit, exposure, nearestTraining } = insight;
  const [learned, other] = [text.slice(0, 2000), text.slice(-900)];
  const how = { heldOut: other, samples: 3, prefix: [4, 12], length: 3, examples: 12, run: 12 };
  const canaries = ["31", "77"].map((secret) => ({ prefix: "the ", secret }));
  const guarded = await LanguageModel.create({ corpus: text, hidden: 24, embed: 8, seed: 4 });
  const run = { batch: 6, seqLen: 20, steps: 120, lr: 3e-2, val: 0.3, evalEvery: 6 };
  const guard = { action: "more-dropout", times: 2 };
  const reports = await train(guarded, text.slice(0, 700), { ...run, keep: "last", guard });
  return [
    await audit(model, learned, { ...how, canaries }),
    await exposure(guarded, canaries.slice(0, 1), { symbols: "0123456789e " }),
    await nearestTraining(set.first(3), set, { heldOut: set.subset([5, 6, 7]), among: 5 }),
    ...[reports, guarded.fingerprint()],
  ];
}

/** What is seen of the inside of models: traces, patches, reasons, lenses, probes. */
async function explained({ LanguageModel, Classifier, VAE }, insight, model, set) {
  const { ablate, attentionMaps, inductionScores, logitLens, neurons } = insight;
  const { patch, probe, saliency, trace, traverse } = insight;
  const network = { kind: "transformer", hidden: 16, layers: 2, heads: 2, context: 24 };
  const attends = await LanguageModel.create({ corpus: text, network, seed: 5 });
  await train(attends, text, { batch: 4, seqLen: 20, steps: 6, lr: 1e-2 });
  const judge = await Classifier.create({ images: set, channels: 4, features: 6, seed: 1 });
  await train(judge, set, { batch: 8, steps: 3 });
  const vae = await VAE.create({ images: set, latent: 3, channels: 4, seed: 1 });
  await train(vae, set, { batch: 8, steps: 3 });
  const said = { prompt: text.slice(0, 9), text: text.slice(9, 13) };
  const texts = [0, 40, 80, 120].map((at) => text.slice(at, at + 16));
  const labels = texts.map((one) => Array.from(one.slice(0, -1), (c) => String(c < "i")));
  const found = [];
  for (const one of [model, attends]) {
    const { result, activations } = await trace(one, said);
    const [first] = Object.keys(activations);
    const halved = { [first]: (x) => x.map((value) => value / 2) };
    found.push(...[result, activations, await patch(one, said, halved)]);
    found.push(await saliency(one, said));
    found.push(await saliency(one, said, { method: "integrated-gradients", steps: 64 }));
    found.push(await logitLens(one, said));
    found.push(await neurons(one, texts, { at: first, top: 2 }));
    found.push(await ablate(one, said, { at: first, units: [0, 3], value: "mean" }));
    found.push(await probe(one, texts, labels, { at: first, places: "each" }));
  }
  const seen = (m) => m.classify(set.subset([0]));
  return [
    ...[found, await attentionMaps(attends, said), inductionScores(attends, { sequences: 2 })],
    await saliency(judge, seen, { method: "integrated-gradients", steps: 64 }),
    traverse(vae, { steps: 3 }).map(({ dimension, change, made }) => [
      dimension,
      change,
      made.rows,
    ]),
  ];
}

/** Audits of a model and of plain lists, and the means. */
async function treated(fairness, model) {
  const { acceptor, binomialInterval, compareVariants, counterfactualItems, distribution } =
    fairness;
  const { augmentCounterfactually, classQuality, drawLabels, groupDifferences } = fairness;
  const { groupWeights, keepTo, resample, textReader, translationQuality } = fairness;
  const words = { a: ["the", "word", "字"], b: ["what", "sea", "文"] };
  const texts = ["The word ends.", "WHAT is a sea", "一个字，两个字", "the other what"];
  const read = textReader({ patterns: { end: "[aeiou]$", some: "[aeiou]" } });
  const { samples } = model.generate({ prompt: "the ", maxTokens: 12, samples: 60, seed: 5 });
  const seen = samples.map(({ text }) => read(text));
  const groups = samples.map(({ text }) => (text.charCodeAt(1) % 3 > 0 ? "one" : "other"));
  const rows = seen.map((value, i) => ({ value, group: groups[i] }));
  const judged = seen.map((said, i) => ({ said, truth: seen[(i + 7) % 60], group: groups[i] }));
  const { accept, rates } = acceptor({ end: 3, some: 2, none: 0.7 }, "uniform", { seed: 9 });
  return [
    [0, 1, 17, 400, 999].map((k) => binomialInterval(k, 1000 + k, 0.99)),
    ...[distribution(seen), groupDifferences(seen, groups), classQuality(judged)],
    await compareVariants(model, counterfactualItems(texts.slice(0, 2), words)),
    ...[augmentCounterfactually(texts, words), Array.from(groupWeights(seen))],
    ...["over", "under"].map((method) =>
      resample(rows, { by: ["value", "group"], target: "uniform", method, seed: 2 }),
    ),
    ...[drawLabels({ x: { a: 1, b: 2 }, y: { c: 5, d: 3 } }, 31), keepTo(seen, "uniform")],
    ...[rates, seen.map((value, i) => accept(value, i))],
    translationQuality(texts.map((one, i) => ({ hypothesis: one, reference: texts[i ^ 1] }))),
  ];
}
