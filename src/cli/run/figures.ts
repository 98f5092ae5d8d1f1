// What is said of a step, each figure under one name that always means the same: the training loss and the
// validation loss never share one.

import type { StepReport } from "../../entries/node.js";
import { clock, fraction, whole } from "../show/format.js";
import { stepsOf } from "./job.js";

/** A figure of a step; the text is undefined where the step has none. */
export interface Figure {
  readonly name: string;
  readonly text: string | undefined;
}

/** What figures need to know of the run. */
export interface FigureOptions {
  /** Bits a character for one nat a token; undefined where bits are no measure of the model. */
  readonly bitsPerNat?: number;
  /** Whether some steps have a validation. */
  readonly validated: boolean;
  /** What is learned from: tokens, where nothing is said. */
  readonly targets?: string | undefined;
}

/** The figures of one step after the other; the losses and their parts are smoothed over about fifty steps. */
export class Figures {
  readonly #options: FigureOptions;
  #sums: readonly number[] = [];
  #weight = 0;
  #first: number | undefined;

  constructor(options: FigureOptions) {
    this.#options = options;
  }

  /** The same names in the same order for every step of a run. */
  update(report: StepReport): Figure[] {
    const measures = measuresOf(report);
    this.#sums = measures.map(({ value }, i) => 0.98 * (this.#sums[i] ?? 0) + 0.02 * value);
    this.#weight = 0.98 * this.#weight + 0.02;
    this.#first ??= report.step - stepsOf(report);
    const smooth = this.#sums.map((sum) => sum / this.#weight);
    const { validation } = report;
    const { bitsPerNat: bits, validated, targets = "token" } = this.#options;
    const left = (report.elapsed / (report.step - this.#first)) * (report.steps - report.step);
    return [
      ...measures.map(({ name, text }, i) => ({ name, text: text(smooth[i]) })),
      ...(bits === undefined ? [] : [{ name: "bits/char", text: (smooth[0] * bits).toFixed(2) }]),
      ...(validated ? validationFigures(validation, bits) : []),
      { name: `${targets}s/s`, text: whole(report.targetsPerSecond) },
      { name: "left", text: clock(left) },
    ];
  }
}

/** What every step of a run measures. */
interface Measure {
  readonly name: string;
  readonly value: number;
  text(value: number): string;
}

/**
 * The loss, and its parts; of a step with phases the loss of each, by its first letter (D and G of a GAN), and how often
 * a discriminator is right on real examples, and on generated ones.
 */
function measuresOf({ loss, phases, parts = {} }: StepReport): Measure[] {
  const nats = ([name, value]: readonly [string, number]) => {
    return { name, value, text: (smooth: number) => smooth.toFixed(3) };
  };
  const within = Object.entries(parts).map(nats);
  if (!phases) return [nats(["loss", loss]), ...within];
  const each = Object.entries(phases);
  const right = each.flatMap(([, { parts = {} }]) => Object.entries(parts));
  return [
    ...each.map(([name, one]) => nats([name[0].toUpperCase(), one.loss])),
    ...right.map(([name, value]) => ({
      ...{ name: name.replace(/Accuracy$/, ""), value },
      text: (smooth: number) => `${Math.round(100 * smooth)} %`,
    })),
    ...within,
  ];
}

function validationFigures(loss: number | undefined, bits: number | undefined): Figure[] {
  const figures = [{ name: "validation", text: loss?.toFixed(3) }];
  if (bits === undefined) return figures;
  const text = loss === undefined ? undefined : (loss * bits).toFixed(2);
  return [...figures, { name: "val bits/char", text }];
}

/** What a validation measured besides the loss: "exact match 7 of 20 (35 %)". */
export function measured({ measures = {} }: StepReport): string[] {
  return Object.entries(measures)
    .filter(([name]) => name !== "padding" && !name.endsWith(OF))
    .map(([name, value]) => {
      const text = NATS.has(name) ? value.toFixed(3) : fraction(value, measures[name + OF]);
      return `${words(name)} ${text}`;
    });
}

/** Measures that are no fractions. */
const NATS: ReadonlySet<string> = new Set(["elbo", "reconstruction", "kl", "frechet"]);

/** `exactMatchOf` says of how many `exactMatch` is a fraction. */
const OF = "Of";

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
