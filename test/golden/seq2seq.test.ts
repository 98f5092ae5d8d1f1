// The encoder-decoder against PyTorch. The fixtures were made by make_seq2seq.py; no Python is needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { readable } from "../../src/nn/entries.js";
import { Seq2SeqLSTM } from "../../src/models/seq2seq/lstm.js";
import type { Seq2SeqBatch } from "../../src/models/seq2seq/pair-network.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Tape } from "../../src/nn/tape.js";

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const { tensors } = readSafetensors(bytes("seq2seq.safetensors"));
const golden = JSON.parse(new TextDecoder().decode(bytes("seq2seq.json"))) as Record<
  string,
  {
    attention: "none" | "luong" | "luong-dot" | "bahdanau";
    bidirectional: boolean;
    tied: boolean;
    labels: boolean;
    losses: number[];
    encoder: (number | null)[];
  }
>;
const runtime = await load();

const [SOURCES, TARGETS, LABELS, S, T, B] = [9, 7, 3, 5, 6, 4];
const sourceLengths = Int32Array.of(3, 5, 1, 4);
const lengths = Int32Array.of(6, 2, 4, 3);

function group(prefix: string): Map<string, TensorEntry> {
  return new Map(
    [...tensors].flatMap(([key, entry]) =>
      key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), entry] as const] : [],
    ),
  );
}

/** Step `step` of one of the fixture's sequences, `size` numbers a step. */
function part(name: string, step: number, size: number): Int32Array {
  const all = new Int32Array(tensors.get(name)!.data.slice().buffer);
  return all.slice(step * size, (step + 1) * size);
}

function batch(step: number, joint: boolean): Seq2SeqBatch {
  const targets = part("targets", step, T * B);
  return {
    rows: B,
    sources: part("sources", step, S * B),
    sourceSteps: S,
    sourceLengths,
    inputs: part("inputs", step, T * B),
    targets,
    steps: T,
    lengths,
    labels: joint ? part("labels", step, B) : new Int32Array(B).fill(-1),
    tokens: targets.filter((target) => target >= 0).length,
    lambda: 0.7,
    smoothing: joint ? 0.1 : 0,
    sampled: 0,
  };
}

function expectNear(parameters: Parameters, region: number, wanted: Map<string, TensorEntry>): void {
  const views = [...parameters.views(region)];
  expect(new Set(views.map(([name]) => name))).toEqual(new Set(wanted.keys()));
  for (const [name, shape, view] of views) {
    const entry = wanted.get(name)!;
    expect(shape, name).toEqual(entry.shape);
    const want = f32Data(entry);
    const largest = want.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    view.forEach((x, i) => {
      if (!(Math.abs(x - want[i]) <= 2e-5 * largest)) {
        expect.fail(`${name}[${i}]: expected ${want[i]}, got ${x}`);
      }
    });
  }
}

describe.each(Object.entries(golden))("%s", (name, variant) => {
  const { attention, bidirectional, tied, labels: joint } = variant;
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const network = new Seq2SeqLSTM(parameters, TARGETS, {
    sources: SOURCES,
    embed: 6,
    hidden: 8,
    layers: 2,
    dropout: 0,
    bidirectional,
    attention,
    shared: false,
    tied,
    labels: joint ? LABELS : 0,
  });
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();

  /** The losses of a step; its gradients are left in place. */
  function gradients(step: number): { loss: number; encoder: number | null } {
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const own = batch(step, joint);
      const { loss, parts } = network.loss(tape, own, undefined, { targets: own.tokens, rows: B });
      tape.backward(loss);
      return { loss: loss.data[0], encoder: parts?.encoder.data[0] ?? null };
    });
  }

  test("gradients of the first step, losses and weights of ten", () => {
    const optimizer = new Adam(parameters, { decoupled: false });
    const found = Array.from(variant.losses, (_, step) => {
      const losses = gradients(step);
      if (step === 0) expectNear(parameters, parameters.grads, group(`${name}.grads`));
      optimizer.step(1e-2);
      return losses;
    });
    found.forEach(({ loss, encoder }, step) => {
      expect(Math.abs(loss - variant.losses[step]), `loss ${step}`).toBeLessThan(1e-5);
      const wanted = variant.encoder[step];
      if (wanted === null) expect(encoder).toBeNull();
      else expect(Math.abs(encoder! - wanted), `encoder's loss ${step}`).toBeLessThan(1e-5);
    });
    expectNear(parameters, parameters.address, group(`${name}.after`));
  });
});
