// An adversary against PyTorch: the gradient of the head, the one that is turned round, and weights of examples.
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

interface Golden {
  readonly values: readonly number[];
  readonly guessed: readonly number[];
  readonly weights: readonly number[];
  readonly factor: number;
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
      adversary: { classes: 3, hidden: 4 },
    },
  }, opposing);
  parameters.seal();
  parameters.prepareAssign(readable(group("weights")))(parameters.address);
  parameters.enableGradients();
  parameters.zeroGradients();
  const { values, guessed, weights, factor } = golden;
  machine.scoped(() => {
    const tape = new Tape(machine, { record: true });
    const batch = {
      values: Float32Array.from(values),
      guessed: Int32Array.from(guessed),
      weights: Float32Array.from(weights),
      adversaryWeight: factor,
    };
    const rows = guessed.length;
    const { loss, parts } = network.loss(tape, batch, undefined, { rows, targets: rows });
    expect(parts!.reconstruction.data[0]).toBeCloseTo(golden.reconstruction, 5);
    expect(parts!.adversary.data[0]).toBeCloseTo(golden.adversary, 5);
    tape.backward(loss);
  });
  const expected = group("gradients");
  const found = regionEntries(parameters, "", parameters.grads, () => true);
  expect(found.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
  for (const { name, data } of found) {
    const own = new Float32Array(data.slice().buffer);
    for (const [i, value] of f32Data(expected.get(name)!).entries()) {
      expect(own[i], `${name}[${i}]`).toBeCloseTo(value, 5);
    }
  }
});
