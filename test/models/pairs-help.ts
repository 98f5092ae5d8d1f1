// What the tests of models of pairs share.

import {
  type Pair,
  type Runtime,
  Seq2Seq,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
  type TextStepReport,
} from "../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import { runtime } from "./help.js";

/** Words and the same turned round: soon learned. Labelled by the kind of their first letter. */
export const labelled: readonly Pair[] = [
  ...["abc", "bad", "cab", "dab", "ace", "bed", "fee", "add", "cafe", "face", "deaf", "fade"],
  ...["ebb", "egg", "gag", "hag", "gab", "hide", "chief", "beach", "each", "head", "high", "bib"],
].map((source) => ({
  source,
  target: [...source].reverse().join(""),
  label: "ae".includes(source[0]) ? "vowel" : "consonant",
}));

/** The same without labels. */
export const pairs: readonly Pair[] = labelled.map(({ source, target }) => ({ source, target }));

/** Enough to learn them by heart. */
export const enough: Partial<Seq2SeqOptions> = { embed: 16, hidden: 32 };
export const long: Seq2SeqFitOptions = { steps: 250, batch: 8, lr: 1e-2 };
/** Enough to have begun. */
export const few = { steps: 6, batch: 5, lr: 1e-2 };

export function create(
  options: Partial<Seq2SeqOptions> = {},
  on: Runtime = runtime,
): Promise<Seq2Seq> {
  return Seq2Seq.create({ runtime: on, corpus: pairs, embed: 6, hidden: 12, seed: 1, ...options });
}

/** Trains to the end, or until so many steps were reported in this call. */
export async function train(
  model: Seq2Seq,
  data: readonly Pair[],
  options: Seq2SeqFitOptions,
  stopAfter = Infinity,
): Promise<TextStepReport[]> {
  const reports: TextStepReport[] = [];
  for await (const report of model.fit(data, options)) {
    reports.push(report);
    if (reports.length >= stopAfter) break;
  }
  return reports;
}

/** The model's answer without chance. */
export function answer(model: Seq2Seq, source: string): string {
  return model.generate({ source, greedy: true }).text;
}

type Vector = readonly number[];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const softmax = (scores: Vector) => {
  const powers = scores.map((x) => Math.exp(x - Math.max(...scores)));
  return powers.map((x) => x / powers.reduce((sum, y) => sum + y, 0));
};

/** A weight that is another than the model's, for finite differences. */
export interface Nudge {
  readonly name: string;
  readonly index: number;
  readonly by: number;
}

/** One pair by the plainest arithmetic: float64, no batches, no padding, PyTorch's formulas. */
export function naive(model: Seq2Seq, { source, target }: Pair, nudge?: Nudge) {
  const { tensors } = readSafetensors(model.save());
  const { config, tokenizers } = model;
  if (config.network !== "lstm") throw new Error("this is of LSTMs");
  const { hidden, layers, attention } = config;
  const matrix = (name: string): Vector[] => {
    const { shape } = tensors.get(name)!;
    const data = Array.from(f32Data(tensors.get(name)!));
    if (nudge?.name === name) data[nudge.index] += nudge.by;
    const width = shape[shape.length - 1];
    return Array.from({ length: data.length / width }, (_, r) =>
      data.slice(r * width, (r + 1) * width),
    );
  };
  const times = (name: string, x: Vector) => matrix(name).map((row) => dot(row, x));
  const affine = (weight: string, bias: string, x: Vector) =>
    times(weight, x).map((y, i) => y + matrix(bias)[0][i]);

  function lstm(name: string, x: Vector[], size: number, h: Vector, c: Vector) {
    const output = x.map((xt) => {
      const gates = affine(`${name.replace("*", "weight_ih")}`, name.replace("*", "bias_ih"), xt);
      const more = affine(name.replace("*", "weight_hh"), name.replace("*", "bias_hh"), h);
      const gate = (k: number, j: number) => gates[k * size + j] + more[k * size + j];
      c = c.map((cj, j) => sigmoid(gate(1, j)) * cj + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)));
      h = c.map((cj, j) => sigmoid(gate(3, j)) * Math.tanh(cj));
      return h;
    });
    return { output, h, c };
  }

  const ids = Array.from(tokenizers.source.encode(source));
  if (config.reverseSource) ids.reverse();
  let memory = ids.map((id) => matrix("encoder.embedding.weight")[id]);
  const states: { h: Vector; c: Vector }[] = [];
  for (let l = 0; l < layers; l++) {
    const size = config.bidirectional ? hidden / 2 : hidden;
    const zero = new Array<number>(size).fill(0);
    const there = lstm(`encoder.lstm.*_l${l}`, memory, size, zero, zero);
    if (!config.bidirectional) {
      memory = there.output;
      states.push(there);
      continue;
    }
    const turned = [...memory].reverse();
    const back = lstm(`encoder.lstm.*_l${l}_reverse`, turned, size, zero, zero);
    const backward = [...back.output].reverse();
    memory = there.output.map((h, t) => [...h, ...backward[t]]);
    states.push({ h: [...there.h, ...back.h], c: [...there.c, ...back.c] });
  }
  const latent = states[layers - 1].h;

  const said = Array.from(tokenizers.target.encode(target));
  const own = config.shared ? "encoder.embedding.weight" : "decoder.embedding.weight";
  const read = [tokenizers.target.special("<start>")!, ...said];
  let output = read.map((id) => matrix(own)[id]);
  for (let l = 0; l < layers; l++) {
    output = lstm(`decoder.lstm.*_l${l}`, output, hidden, states[l].h, states[l].c).output;
  }
  const weights: Vector[] = [];
  if (attention !== "none") {
    const keys = memory.map((m) =>
      attention === "luong-dot" ? m : times("attention.memory.weight", m),
    );
    output = output.map((query) => {
      const q = attention === "bahdanau" ? times("attention.query.weight", query) : query;
      const alpha = softmax(
        keys.map((key) =>
          attention === "bahdanau"
            ? dot(
                matrix("attention.score")[0],
                key.map((k, i) => Math.tanh(k + q[i])),
              )
            : dot(q, key),
        ),
      );
      weights.push(alpha);
      const context = query.map((_, j) =>
        dot(
          alpha,
          memory.map((m) => m[j]),
        ),
      );
      return times("attention.combine.weight", [...context, ...query]).map(Math.tanh);
    });
  }
  const project = config.tied ? own : "linear.weight";
  const wanted = [...said, tokenizers.target.special("<end>")!];
  const losses = output.map(
    (x, t) => -Math.log(softmax(affine(project, "linear.bias", x))[wanted[t]]),
  );
  const nats = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const labels =
    config.labels.length > 0 ? softmax(affine("classifier.weight", "classifier.bias", latent)) : [];
  return { nats, weights, latent, labels };
}
