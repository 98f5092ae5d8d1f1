// What the tests of whole models of pictures against PyTorch share: their fixtures, and how far numbers lie apart.

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";

/** A fixture of this folder: its configurations by name, and its tensors by what their names begin with. */
export function pictureFixture<Configuration>(name: string) {
  const file = readSafetensors(new Uint8Array(readFileSync(new URL(name, import.meta.url))));
  const golden: Record<string, Configuration> = JSON.parse(file.metadata.get("configurations")!);
  function group(prefix: string): Map<string, TensorEntry> {
    const entries = [...file.tensors].filter(([name]) => name.startsWith(`${prefix}.`));
    return new Map(entries.map(([name, entry]) => [name.slice(prefix.length + 1), entry]));
  }
  return { golden, group };
}

/** Largest difference over the largest expected value. */
export function difference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    worst = Math.max(worst, Math.abs(got[i] - want[i]));
    largest = Math.max(largest, Math.abs(want[i]));
  }
  return worst / largest;
}
