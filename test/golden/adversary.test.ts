// An adversary against PyTorch: the gradient of each phase, with weights of examples.
// make_adversary.py beside this file made the fixture.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import * as opposing from "../../src/models/images/adversary.js";
import { AutoencoderNetwork } from "../../src/models/images/autoencoder-network.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { selectTrained, trainedBy } from "../../src/train/phases.js";

interface Golden {
  readonly values: readonly number[];
  readonly guessed: readonly number[];
  readonly weights: readonly number[];
  readonly shares: readonly number[];
  readonly factor: number;
  readonly head: number;
  readonly reconstruction: number;
  readonly adversary: number;
}

const bytes = new Uint8Array(readFileSync(new URL("adversary.safetensors", import.meta.url)));
const { tensors, metadata } = readSafetensors(bytes);
const golden = JSON.parse(metadata.get("golden")!) as Golden;
const group = (name: string): Map<string, TensorEntry> =>
  new Map(
    [...tensors].flatMap(([own, tensor]) => {
      const short = own.slice(name.length + 1);
      return own.startsWith(`${name}.`) ? [[short, { ...tensor, name: short }] as const] : [];
    }),
  );

test("an autoencoder's encoder works against the head that guesses a label", async () => {
  const machine = (await (await load()).withPictures()).machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const network = new AutoencoderNetwork(parameters, {
    model: "Autoencoder",
    network: {
      ...{ shape: [5], latent: 3, loss: "squared" },
      body: { network: "dense", hidden: 6, layers: 1, activation: "tanh" },
      adversary: { shares: golden.shares, hidden: 4 },
    },
  }, opposing);
  parameters.seal();
  parameters.prepareAssign(readable(group("weights")))(parameters.address);
  parameters.enableGradients();
  const { values, guessed, weights, factor } = golden;
  const rows = guessed.length;
  const batch = {
    values: Float32Array.from(values),
    guessed: Int32Array.from(guessed),
    weights: Float32Array.from(weights),
    adversaryWeight: factor,
  };
  const [head, model] = network.phases!.map((phase) => {
    selectTrained(parameters, phase);
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const found = network.loss(tape, batch, undefined, { rows, targets: rows }, phase.name);
      const parts = Object.entries(found.parts ?? {});
      const numbers = parts.map(([name, { data }]) => [name, data[0]] as const);
      const loss = found.loss.data[0];
      tape.backward(found.loss);
      const trained = regionEntries(parameters, "", parameters.grads, (name) =>
        trainedBy(parameters, phase, name),
      );
      const grads = trained.map(({ name, data }) => [name, data.slice().buffer] as const);
      return { loss, parts: Object.fromEntries(numbers), grads };
    });
  });
  expect(head.loss).toBeCloseTo(golden.head, 5);
  expect(model.parts.reconstruction).toBeCloseTo(golden.reconstruction, 5);
  expect(model.parts.adversary).toBeCloseTo(golden.adversary, 5);
  const expected = group("gradients");
  const found = [...head.grads, ...model.grads];
  expect(found.map(([name]) => name).sort()).toEqual([...expected.keys()].sort());
  for (const [name, buffer] of found) {
    const own = new Float32Array(buffer);
    for (const [i, value] of f32Data(expected.get(name)!).entries()) {
      expect(own[i], `${name}[${i}]`).toBeCloseTo(value, 5);
    }
  }
});
