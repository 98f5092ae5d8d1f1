import { expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { Embedding } from "../../src/nn/layers/embedding.js";
import { Attention } from "../../src/nn/layers/encoder-attention.js";
import { Linear } from "../../src/nn/layers/linear.js";
import { LSTM } from "../../src/nn/layers/lstm.js";
import { Parameters, Scope } from "../../src/nn/parameters.js";
import { Tape, type TapeOptions } from "../../src/nn/tape.js";

const runtime = await load();
const [V, H, T, B] = [7, 4, 3, 2];

/** A small network's output on six ids. */
function run(options: Pick<TapeOptions, "listen">): number[] {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 1));
  const scope = new Scope(parameters).child("net");
  const embedding = new Embedding(scope.child("embedding"), V, H);
  const lstm = new LSTM(scope.child("lstm"), { inputs: H, hidden: H, layers: 2 });
  const sizes = { kind: "luong", query: H, memory: H, outputs: H } as const;
  const attention = new Attention(scope.child("attention"), sizes);
  const linear = new Linear(scope.child("linear"), H, V);
  parameters.seal();
  return machine.scoped(() => {
    const tape = new Tape(machine, options);
    const x = embedding.forward(tape, [1, 2, 3, 4, 5, 6], [T, B]);
    const { output } = lstm.forward(tape, x);
    const keys = attention.keys(tape, output);
    const attended = attention.forward(tape, output, keys, output);
    return [...linear.forward(tape, attended.output).data];
  });
}

test("layers name their outputs by the scope of their parameters, for who listens", () => {
  const heard: { name: string; shape: readonly number[]; values: number[] }[] = [];
  const listen: TapeOptions["listen"] = (name, { shape, data }) => {
    heard.push({ name, shape, values: [...data] });
  };
  const output = run({ listen });
  expect(heard.map(({ name, shape }) => [name, shape])).toEqual([
    ["net.embedding", [T, B, H]],
    ["net.lstm.l0", [T, B, H]],
    ["net.lstm", [T, B, H]],
    ["net.attention.memory", [T, B, H]],
    ["net.attention.weights", [T, B, T]],
    ["net.attention", [T, B, H]],
    ["net.linear", [T, B, V]],
  ]);
  expect(heard[6].values).toEqual(output);
  expect(run({}), "the same numbers where nobody does").toEqual(output);
});
