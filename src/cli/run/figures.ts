// What is told of a step, each figure under one name that always means the same: the training loss and the
// validation loss never share one.

import type { StepReport } from "../../entries/node.js";
import { clock, fraction, whole } from "../show/format.js";

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

/** The figures of one step after the other; the loss is smoothed over about fifty steps. */
export class Figures {
  readonly #options: FigureOptions;
  #losses: Readonly<Record<string, number>> = {};
  #weight = 0;
  #first: number | undefined;

  constructor(options: FigureOptions) {
    this.#options = options;
  }

  /** The same names in the same order for every step of a run. */
  update(report: StepReport): Figure[] {
    const before = this.#losses;
    const smooth = ([name, loss]: readonly [string, number]) => {
      return [name, 0.98 * (before[name] ?? 0) + 0.02 * loss] as const;
    };
    this.#losses = Object.fromEntries(lossesOf(report).map(smooth));
    this.#weight = 0.98 * this.#weight + 0.02;
    this.#first ??= report.step - 1;
    const losses = Object.entries(this.#losses).map(
      ([name, sum]) => [name, sum / this.#weight] as const,
    );
    const [[, loss]] = losses;
    const { validation, parts = {} } = report;
    const { bitsPerNat: bits, validated, targets = "token" } = this.#options;
    const left = (report.elapsed / (report.step - this.#first)) * (report.steps - report.step);
    return [
      ...losses.map(([name, value]) => ({ name, text: value.toFixed(3) })),
      ...accuracies(report),
      ...Object.entries(parts).map(([name, part]) => ({ name, text: part.toFixed(3) })),
      ...(bits === undefined ? [] : [{ name: "bits/char", text: (loss * bits).toFixed(2) }]),
      ...(validated ? validationFigures(validation, bits) : []),
      { name: `${targets}s/s`, text: whole(report.targetsPerSecond) },
      { name: "left", text: clock(left) },
    ];
  }
}

/** The loss; of a step with phases theirs, by the first letter: D and G of a GAN. */
function lossesOf({ loss, phases }: StepReport): (readonly [string, number])[] {
  if (!phases) return [["loss", loss]];
  return Object.entries(phases).map(([name, one]) => [name[0].toUpperCase(), one.loss]);
}

/** How often a discriminator is right on real examples, and on generated ones. */
function accuracies({ phases = {} }: StepReport): Figure[] {
  const parts = Object.values(phases).flatMap(({ parts = {} }) => Object.entries(parts));
  return parts.map(([name, part]) => ({
    name: name.replace(/Accuracy$/, ""),
    text: `${Math.round(100 * part)} %`,
  }));
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
