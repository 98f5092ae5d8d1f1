// What a GAN makes of latent vectors, and what its discriminator says of examples.

import type { Pieces } from "../../host/pieces.js";
import type { Labelled } from "./batches.js";
import type { GANNetwork } from "./gan-network.js";
import { latentRows } from "./latents.js";
import { inBlocks, inRows, joined, ROWS } from "./made.js";
import { numbers } from "./rows.js";
import { isPicture, numbersOf } from "./shape.js";

/** Examples of latent vectors: of pictures from 0 to 1. @param places of labels, (N, columns) */
export function* makeRows(
  network: GANNetwork,
  latents: readonly Float32Array[],
  places: Int32Array,
): Pieces<Float32Array[]> {
  const { shape } = network.config;
  const columns = places.length / latents.length;
  const width = numbersOf(shape);
  const made = yield* inRows(network.machine, latents.length, width, (tape, from, to) => {
    const z = latentRows(tape, latents, from, to);
    const codes = network.codes(tape, places.subarray(from * columns, to * columns));
    return network.generate(tape, z, codes);
  });
  if (!isPicture(shape)) return made;
  return made.map((row) => row.map((value) => (value + 1) / 2));
}

/** The discriminator's numbers of examples. */
export function* judgeRows(
  network: GANNetwork,
  { rows, places }: Labelled,
): Pieces<Float32Array[]> {
  const columns = places.length / rows.count;
  return yield* inRows(network.machine, rows.count, 1, (tape, from, to) => {
    const x = network.read(tape, numbers(rows, from, to));
    const codes = network.codes(tape, places.subarray(from * columns, to * columns));
    return network.judge(tape).logits(x, codes);
  });
}

/** Most cells of a picture in the features, down and across. */
const CELLS = 4;

/**
 * What the discriminator's hidden layers give of examples, one after the other: of convolutions the largest number of each of
 * 4×4 cells (Radford et al. 2016).
 */
export function* featureRows(
  network: GANNetwork,
  { rows }: Pick<Labelled, "rows">,
): Pieces<Float32Array[]> {
  const all: Float32Array[] = [];
  yield* inBlocks(network.machine, rows.count, ROWS, (tape, from, to) => {
    const layers = network.judge(tape).hidden(network.read(tape, numbers(rows, from, to)));
    for (let i = 0; i < to - from; i++) {
      const parts = layers.map(({ data, shape: [count, ...shape] }) => {
        const each = data.length / count;
        return largestOfCells(data.subarray(i * each, (i + 1) * each), shape);
      });
      all.push(joined(parts));
    }
  });
  return all;
}

/** (H, W, C) → (4, 4, C) as torch.nn.AdaptiveMaxPool2d: cells may share a line; a smaller picture, or units, as they are. */
function largestOfCells(values: Float32Array, [H, W, C]: readonly number[]): Float32Array {
  if (W === undefined || Math.max(H, W) <= CELLS) return values;
  const [down, across] = [H, W].map((side) => Math.min(CELLS, side));
  const largest = new Float32Array(down * across * C).fill(-Infinity);
  const within = (i: number, side: number, cells: number) =>
    [Math.floor((i * side) / cells), Math.ceil(((i + 1) * side) / cells)] as const;
  for (let cell = 0; cell < down * across; cell++) {
    const [top, bottom] = within(Math.floor(cell / across), H, down);
    const [left, right] = within(cell % across, W, across);
    for (let y = top; y < bottom; y++) {
      for (let at = (y * W + left) * C; at < (y * W + right) * C; at++) {
        const to = cell * C + (at % C);
        if (values[at] > largest[to]) largest[to] = values[at];
      }
    }
  }
  return largest;
}
