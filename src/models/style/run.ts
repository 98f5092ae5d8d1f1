// A picture that is optimised step by step, coarse first.

import type { ImageSet } from "../../data/images/image-set.js";
import { NotFiniteError } from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
import type { Machine } from "../../host/machine.js";
import { LBFGS } from "../../nn/optim/lbfgs.js";
import { Tape } from "../../nn/tape.js";
import type { Border } from "./features.js";
import { enlarged } from "./halves.js";
import type { Measured } from "./measured.js";
import type { Objective } from "./objective.js";
import type { ResolvedStyle } from "./options.js";
import type { StyleReport } from "./report.js";

/** A size at which the picture is optimised. */
export interface Octave {
  readonly height: number;
  readonly width: number;
  readonly objective: () => Objective;
  /** Where it begins, (H, W, 3), from the result of the octave before. */
  readonly start: (before: Float32Array | undefined) => Float32Array;
}

/** Root mean square of the first step's change. */
const FIRST = 0.02;

/**
 * The picture through all octaves.
 * @param finish makes a picture of the numbers at an octave's size; `last`: after the last step
 * @throws NotFiniteError; the signal's reason
 */
export async function* optimised(
  octaves: readonly Octave[],
  { steps, signal, onProgress }: ResolvedStyle,
  finish: (values: Float32Array, height: number, width: number, last: boolean) => ImageSet,
): AsyncGenerator<StyleReport, void, void> {
  const shares = octaves.map((_, i) => Math.floor((steps * (i + 1)) / octaves.length));
  const work = octaves.map(
    ({ height, width }, i) => (shares[i] - (shares[i - 1] ?? 0)) * height * width,
  );
  const all = work.reduce((sum, one) => sum + one, 0);
  let best: Float32Array | undefined;
  let step = 0;
  let done = 0;
  for (const [i, { height, width, objective, start }] of octaves.entries()) {
    if (step === shares[i]) continue;
    signal?.throwIfAborted();
    const target = objective();
    const search = new LBFGS(start(best), FIRST);
    let measured: Measured | undefined;
    while (step < shares[i]) {
      signal?.throwIfAborted();
      const { gradient, ...found } = target.of(search.point, height, width);
      if (!Number.isFinite(found.loss) && measured === undefined) {
        throw new NotFiniteError(`the loss of the picture is ${found.loss} at step ${step + 1}`);
      }
      if (search.tell(found.loss, gradient)) measured = found;
      step++;
      const last = step === steps;
      done += height * width;
      const report = reported(search.best.slice(), step, steps, done / all, measured!, (values) =>
        finish(values, height, width, last),
      );
      onProgress?.(report);
      yield report;
      await eventLoop();
    }
    best = search.best;
  }
}

function reported(
  values: Float32Array,
  step: number,
  steps: number,
  progress: number,
  measured: Measured,
  finish: (values: Float32Array) => ImageSet,
): StyleReport {
  let made: ImageSet | undefined;
  return {
    step,
    steps,
    progress,
    ...measured,
    get image() {
      made ??= finish(values);
      return made;
    },
  };
}

/** Numbers (H, W, 3) at another size. */
export function resizedNumbers(
  machine: Machine,
  values: Float32Array,
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
  border: Border,
): Float32Array {
  return machine.scoped(() => {
    const tape = new Tape(machine);
    return enlarged(tape, tape.tensor(values, [1, ...from, 3]), ...to, border).data.slice();
  });
}

/** Factors by which sizes are divided, the coarsest first: as long as the least side has so many pixels. */
export function octaveFactors(side: number, least: number, most: number): number[] {
  const factors = [1];
  while (factors.length < most && side / (2 * factors[0]) >= least) factors.unshift(2 * factors[0]);
  return factors;
}
