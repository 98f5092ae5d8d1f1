// Notices a GAN that does not learn what it should, from its losses and from what the generator makes of the same latent
// vectors every so often. Thresholds are far from what healthy runs show (docs/gan.md); nothing is drawn that training draws.

import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import { type PrecisionRecall, precisionRecall } from "../../metrics/precision-recall.js";
import type { Watched, WatchedStep } from "../../train/data.js";
import type { TrainingWarning } from "../../train/progress.js";
import { gather, type Labelled } from "./batches.js";
import type { GANNetwork } from "./gan-network.js";
import { type GANObjective, losses } from "./gan-objective.js";
import { makeRows } from "./gan-samples.js";
import { type Reference, reference } from "./gan-score.js";
import { drawLatents } from "./latents.js";
import { eachRow } from "./rows.js";

/** Steps between two looks, and examples of a look. */
const [EVERY, EXAMPLES] = [50, 256];
/** Fewer examples in all say nothing of variety. */
const FEWEST = 64;
/** Looks before anything is said: at first all that a generator makes is alike. */
const YOUNG = 4;

/** Looks in a row that are bad before a collapse or a win is said. */
const [COLLAPSED, WON] = [4, 4];
/** Variance of what is generated, and its recall, as fractions of what real examples have. */
const [ALIKE, FORGOTTEN] = [0.1, 0.1];
/** Precision, as a fraction of what real examples have, that makes a low recall a collapse. */
const TYPICAL = 0.5;
/** Mean accuracy on both sides, and the discriminator's loss as a fraction of that of a guess, of one that has won. */
const [SURE, NOTHING] = [0.995, 0.02];
/** The discriminator's loss, as a fraction of that of a guess, with which it knows what is generated. */
const KNOWN = 0.5;
/** Of how many looks the discriminator's loss jumps in so many, to so many times that of a guess. */
const [LOOKS, JUMPS, JUMP] = [6, 3, 4];

/** What is remembered from step to step: plain numbers, in this order. */
const FIELDS = [
  ...["steps", "loss", "peak", "real", "generated"],
  ...["looks", "collapsed", "won", "jumps"],
  ...["saidCollapse", "saidWon", "saidOscillation"],
] as const;
type Memory = Record<(typeof FIELDS)[number], number>;

/** What a run's messages name. */
export interface WatchOptions {
  readonly objective: GANObjective;
  readonly discriminatorLr: number;
  readonly r1: number;
}

/** Watches the steps of a run on these examples. @param key of the latent vectors that it looks at */
export function watchGAN(
  network: GANNetwork,
  all: Labelled,
  options: WatchOptions,
  key: Key,
): (
  step: WatchedStep,
  watched: readonly number[],
  breathe: () => Promise<void>,
) => Promise<Watched> {
  let looks: Looks | undefined;
  return async ({ step, phases }, watched, breathe) => {
    const memory = remembered(watched);
    const { loss, parts = {} } = phases.discriminator;
    memory.steps++;
    memory.loss += loss;
    memory.peak = Math.max(memory.peak, loss);
    memory.real += parts.realAccuracy;
    memory.generated += parts.generatedAccuracy;
    const warnings: TrainingWarning[] = [];
    if (step % EVERY === 0) {
      if (all.rows.count >= FEWEST) looks ??= new Looks(network, all, key);
      warnings.push(...(await inTurns(judged(memory, looks, options), breathe)));
      for (const name of ["steps", "loss", "peak", "real", "generated"] as const) memory[name] = 0;
    }
    return { watched: FIELDS.map((name) => memory[name]), warnings };
  };
}

/** What was remembered; nothing at first. */
function remembered(watched: readonly number[]): Memory {
  return Object.fromEntries(FIELDS.map((name, i) => [name, watched[i] ?? 0])) as Memory;
}

/** What a look says: changes the memory. */
function* judged(
  memory: Memory,
  looks: Looks | undefined,
  options: WatchOptions,
): Pieces<TrainingWarning[]> {
  memory.looks++;
  const { steps, loss, peak, real, generated, looks: count } = memory;
  const guess = losses[options.objective];
  const warnings: TrainingWarning[] = [];
  const say = (kind: TrainingWarning["kind"], message: string) => warnings.push({ kind, message });
  const made = looks && (yield* looks.seen());
  const { spread, precision, recall } = made ?? { spread: 1, precision: 0, recall: 1 };
  // A generator that has only begun makes examples that are alike, too: but then the discriminator does not know it.
  const alike = spread < ALIKE && loss / steps < KNOWN * guess;
  const collapsed = alike || (recall < FORGOTTEN && precision > TYPICAL);
  memory.collapsed = collapsed && count > YOUNG ? memory.collapsed + 1 : 0;
  if (made && memory.collapsed >= COLLAPSED && memory.saidCollapse === 0) {
    memory.saidCollapse = 1;
    say("collapse", collapse(made, options));
  }
  const sure = Math.min(real, generated) / steps >= SURE && loss / steps < NOTHING * guess;
  memory.won = sure && count > YOUNG ? memory.won + 1 : 0;
  if (memory.won >= WON && memory.saidWon === 0) {
    memory.saidWon = 1;
    say("discriminator-won", victory(Math.min(real, generated) / steps, options));
  }
  // The last looks as bits, the newest the lowest.
  memory.jumps = ((memory.jumps << 1) | Number(peak > JUMP * guess)) & ((1 << LOOKS) - 1);
  const jumped = memory.jumps.toString(2).replaceAll("0", "").length;
  if (jumped >= JUMPS && memory.saidOscillation === 0) {
    memory.saidOscillation = 1;
    say("oscillation", swings(peak, guess, options));
  }
  return warnings;
}

/** What a look sees of the generator, as fractions of what real examples have. */
interface Seen {
  readonly spread: number;
  readonly precision: number;
  readonly recall: number;
}

/** Looks at what the generator makes of the same vectors, beside the same real examples. */
class Looks {
  readonly #network: GANNetwork;
  readonly #latents: readonly Float32Array[];
  readonly #reference: Reference;
  readonly #places: Int32Array;
  readonly #variance: number;
  /** What real examples have of other real ones. */
  readonly #usual: PrecisionRecall;

  constructor(network: GANNetwork, all: Labelled, key: Key) {
    const { shape, latent } = network.config;
    const count = Math.min(EXAMPLES, all.rows.count >> 1);
    const order = key.fold(EXAMPLE).permutation(all.rows.count);
    const [some, others] = [0, count].map((at) => gather(all, order.subarray(at, at + count)));
    this.#network = network;
    this.#latents = drawLatents(count, latent, 1, key.fold(LATENTS));
    this.#places = some.places;
    this.#variance = variance(eachRow(some.rows));
    this.#reference = reference(shape)(some);
    const { real, measured } = this.#reference;
    this.#usual = precisionRecall(real, measured(eachRow(others.rows)));
  }

  *seen(): Pieces<Seen | undefined> {
    const made = yield* makeRows(this.#network, this.#latents, this.#places);
    const spread = variance(made) / this.#variance;
    if (!Number.isFinite(spread)) return undefined;
    const { real, measured } = this.#reference;
    const { precision, recall } = precisionRecall(real, measured(made));
    return {
      spread,
      precision: precision / this.#usual.precision,
      recall: recall / this.#usual.recall,
    };
  }
}

/** Keys of what is looked at. */
const [LATENTS, EXAMPLE] = [0, 1];

/** Variance, summed over the numbers. */
function variance(rows: readonly Float32Array[]): number {
  let all = 0;
  for (let d = 0; d < rows[0].length; d++) {
    let [sum, squares] = [0, 0];
    for (const row of rows) sum += row[d];
    const mean = sum / rows.length;
    for (const row of rows) squares += (row[d] - mean) * (row[d] - mean);
    all += squares;
  }
  return all / rows.length;
}

function collapse({ spread, recall }: Seen, options: WatchOptions): string {
  const what =
    spread < ALIKE
      ? `examples are much alike, their variance is ${percent(spread)} of the real ones'`
      : `examples look real but leave out most of the data, their recall is ${percent(recall)} of what it should be`;
  return `the generator has collapsed: its ${what}. Begin again with ${smaller(options)}, or with a larger generator or larger batches`;
}

function victory(accuracy: number, options: WatchOptions): string {
  return (
    `the discriminator has won: it is right about ${percent(accuracy)} of real and generated examples, and the generator ` +
    `learns little from it. Begin again with ${smaller(options)}, instanceNoise: 0.1 or labelSmoothing: 0.1, or with a larger generator`
  );
}

function swings(peak: number, guess: number, options: WatchOptions): string {
  return (
    `the two sides chase each other: the discriminator's loss jumps to ${peak.toPrecision(3)}, of a guess it is ` +
    `${guess.toPrecision(3)}. Begin again with ${smaller(options)}, a smaller lr, or larger batches`
  );
}

function smaller({ discriminatorLr, r1 }: WatchOptions): string {
  const penalty = r1 > 0 ? "a larger r1" : "r1: 0.1 (for pictures with spectral: true)";
  return `a smaller discriminatorLr (it is ${discriminatorLr}), ${penalty}`;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(fraction < 0.1 ? 1 : 0)} %`;
}
