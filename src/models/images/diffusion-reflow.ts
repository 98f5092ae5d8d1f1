// Reflow: a flow learns the ways of another, its teacher, from the noise to where they lead. They are straighter than the
// teacher's, so that fewer steps follow them (Liu et al., "Flow Straight and Fast", 2023).

import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { StepBatch } from "../../train/shards.js";
import { type Labelled, stepBatch } from "./batches.js";
import type { DiffusionParts } from "./diffusion-config.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import { walk } from "./diffusion-samplers.js";
import { wayOf } from "./diffusion-samples.js";
import { joined, rowsOfArray } from "./made.js";
import { isClip, numbersOf, shapeText } from "./shape.js";

/** How a flow learns from its teacher. */
export interface ReflowOptions {
  /** Pairs of noise and an example that the teacher makes of it, as a run comes to them, and keeps. Default 20,000. */
  readonly pairs?: number;
  /** Euler steps of the teacher. Default 20. */
  readonly pairSteps?: number;
  /** How much labels count for the teacher: see `generate`; the flow learns what they then look like. Default 1. */
  readonly pairGuidance?: number;
}

/** A model that learns. */
export interface Learner extends DiffusionParts {
  readonly network: DiffusionNetwork;
}

/** A model that teaches. */
export interface Teacher extends Learner {
  /** Of its weights. */
  readonly fingerprint: string;
}

/** @throws InvalidInputError where one cannot learn from the other */
export function checkTeacher(teacher: Teacher, { config, columns, words }: Learner): void {
  if (words || teacher.words) {
    throw new InvalidInputError("reflow is for models without captions, both of them");
  }
  if ([teacher.config, config].some(({ process }) => process.objective !== "flow")) {
    throw new InvalidInputError('reflow is for models of objective "flow", both of them');
  }
  if (isClip(config.shape)) {
    throw new InvalidInputError(
      `reflow is for pictures and vectors, the model makes clips of ${shapeText(config.shape)}`,
    );
  }
  const [own, other] = [config, teacher.config].map(({ shape }) => shape.join(" × "));
  if (own !== other) {
    throw new InvalidInputError(`reflow: the model makes ${own}, the teacher ${other}`);
  }
  const [known, taught] = [columns, teacher.columns].map((columns) =>
    columns.map(({ name, classes }) => `${name} (${classes.join(", ")})`).join("; "),
  );
  if (known === taught) return;
  throw new InvalidInputError(
    `reflow: the model's labels are ${known || "none"}, the teacher's ${taught || "none"}`,
  );
}

/** The pairs as rows: each holds its number, and the labels of a real example, so that they are as frequent. */
export function pairRows(pairs: number, { rows, places }: Labelled): Labelled {
  const columns = places.length / rows.count;
  return {
    rows: { count: pairs, width: 1, values: Float32Array.from({ length: pairs }, (_, i) => i) },
    places: Int32Array.from(
      { length: pairs * columns },
      (_, i) => places[i % (rows.count * columns)],
    ),
  };
}

/** What makes batches of pairs. */
export class ReflowPairs {
  readonly #network: DiffusionNetwork;
  readonly #o: Required<ReflowOptions> & { readonly labelDropout: number };
  readonly #key: Key;
  readonly #examples = new Map<number, Float32Array>();

  /** @param key of the run: of noise, and of the labels that are left out */
  constructor(
    network: DiffusionNetwork,
    options: Required<ReflowOptions> & { readonly labelDropout: number },
    key: Key,
  ) {
    this.#network = network;
    this.#o = options;
    this.#key = key;
  }

  /** @param some rows of `pairRows` */
  batch(some: Labelled): StepBatch {
    const pairs = Array.from(some.rows.values);
    const columns = some.places.length / pairs.length;
    const all = pairs.map((pair, i) => {
      const noise = this.#noise(pair);
      const places = this.#told(pair)
        ? some.places.subarray(i * columns, (i + 1) * columns)
        : this.#network.unlabelled(1);
      return { pair, noise, places };
    });
    const unknown = all.filter(({ pair }) => !this.#examples.has(pair));
    for (const [i, example] of this.#make(unknown).entries()) {
      this.#examples.set(unknown[i].pair, example);
    }
    const values = joined(pairs.map((pair) => this.#examples.get(pair)!));
    const noise = joined(all.map((one) => one.noise));
    const places = Int32Array.from(all.flatMap((one) => Array.from(one.places)));
    return stepBatch(pairs.length, { values, noise, places }, { dropout: 0 });
  }

  /** Where the teacher's ways lead to from this noise. */
  #make(from: readonly { noise: Float32Array; places: Int32Array }[]): Float32Array[] {
    if (from.length === 0) return [];
    const { pairSteps: steps, pairGuidance: guidance } = this.#o;
    const places = Int32Array.from(from.flatMap((one) => Array.from(one.places)));
    const how = {
      sampler: "euler",
      steps,
      guidance,
      tile: false,
      loop: false,
      key: this.#key,
    } as const;
    const made = atOnce(
      walk(
        joined(from.map((one) => one.noise)),
        wayOf(this.#network, { ...how, rows: from.length, places }),
      ),
    );
    return rowsOfArray(made, made.length / from.length);
  }

  #noise(pair: number): Float32Array {
    return this.#key.fold(NOISE).fold(pair).normal(numbersOf(this.#network.config.shape));
  }

  /** Whether the labels of a pair are not left out. */
  #told(pair: number): boolean {
    const { labelDropout } = this.#o;
    return labelDropout === 0 || this.#key.fold(LABELS).fold(pair).uniform(1)[0] >= labelDropout;
  }
}

/** Keys of what is drawn for pairs. */
const [NOISE, LABELS] = [0, 1];
