// What a GAN makes of latent vectors, and what its discriminator says of examples.

import type { Pieces } from "../../host/pieces.js";
import type { Labelled } from "./batches.js";
import { isPicture } from "./gan-config.js";
import type { GANNetwork } from "./gan-network.js";
import { inRows } from "./made.js";
import { numbers } from "./rows.js";
import { numbersOf } from "./shape.js";

/** Examples of latent vectors: of pictures from 0 to 1. @param places of labels, (N, columns) */
export function* makeRows(
  network: GANNetwork,
  latents: readonly Float32Array[],
  places: Int32Array,
): Pieces<Float32Array[]> {
  const { latent, shape } = network.config;
  const columns = places.length / latents.length;
  const width = numbersOf(shape);
  const made = yield* inRows(network.machine, latents.length, width, (tape, from, to) => {
    const z = tape.empty([to - from, latent]);
    for (let i = from; i < to; i++) z.data.set(latents[i], (i - from) * latent);
    const codes = network.codes(tape, places.subarray(from * columns, to * columns));
    return network.generate(tape, z, codes);
  });
  if (!isPicture(shape)) return made;
  return made.map((row) => row.map((value) => (value + 1) / 2));
}

/** What the discriminator makes of examples: its logits (1), or the features that its last layer reads. */
export function* judgeRows(
  network: GANNetwork,
  { rows, places }: Labelled,
  what: "logits" | "features",
): Pieces<Float32Array[]> {
  const columns = places.length / rows.count;
  const width = what === "features" ? network.features : 1;
  return yield* inRows(network.machine, rows.count, width, (tape, from, to) => {
    const x = network.read(tape, numbers(rows, from, to));
    const judge = network.judge(tape);
    if (what === "features") return judge.features(x);
    return judge.logits(x, network.codes(tape, places.subarray(from * columns, to * columns)));
  });
}
