// How a run shows that it is alive: a bar on a terminal, lines elsewhere, nothing where nobody looks.

import { MultiBar, type SingleBar } from "cli-progress";
import type { StepReport } from "../../entries/node.js";
import { clock, oneLine, whole } from "../show/format.js";
import type { Output } from "../show/terminal.js";

/** What a run tells while it goes. */
export interface Progress {
  step(report: StepReport): void;
  /** A line for people, above the bar. */
  say(text: string): void;
  /** The bar goes; what was said stays. */
  end(): void;
}

/** What progress needs to know of the run. */
export interface ProgressOptions {
  /** Bits a character for one nat a token; undefined where bits are no measure of the model. */
  readonly bitsPerNat?: number;
  /** Text as the model writes it now. */
  readonly sample: () => string;
}

export function makeProgress(output: Output, options: ProgressOptions): Progress {
  if (!output) return { step() {}, say() {}, end() {} };
  return output.isTTY ? new Bar(output, options) : new Lines(output, options);
}

/** The loss, smoothed over about fifty steps, and what follows from a report. */
class Figures {
  readonly #bitsPerNat: number | undefined;
  #loss = 0;
  #weight = 0;
  #first: number | undefined;

  constructor(bitsPerNat: number | undefined) {
    this.#bitsPerNat = bitsPerNat;
  }

  update(report: StepReport): string[] {
    this.#loss = 0.98 * this.#loss + 0.02 * report.loss;
    this.#weight = 0.98 * this.#weight + 0.02;
    this.#first ??= report.step - 1;
    const loss = this.#loss / this.#weight;
    const { validation } = report;
    const bits = this.#bitsPerNat;
    const left = (report.elapsed / (report.step - this.#first)) * (report.steps - report.step);
    return [
      `loss ${loss.toFixed(3)}`,
      ...Object.entries(report.parts ?? {}).map(([name, part]) => `${name} ${part.toFixed(3)}`),
      ...(validation === undefined ? [] : [`validation ${validation.toFixed(3)}`]),
      ...measured(report),
      ...(bits === undefined ? [] : [`${((validation ?? loss) * bits).toFixed(2)} bits/char`]),
      `${whole(report.targetsPerSecond)} tokens/s`,
      `${clock(left)} left`,
    ];
  }
}

/** What a validation measured besides the loss, all of them parts: "exact match 93.5 %". */
function measured({ measures = {} }: StepReport): string[] {
  return Object.entries(measures).map(([name, part]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `${words} ${(100 * part).toFixed(1)} %`;
  });
}

/** A line every twentieth of the run and at each validation. */
class Lines implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #figures: Figures;

  constructor(output: NodeJS.WriteStream, options: ProgressOptions) {
    this.#output = output;
    this.#figures = new Figures(options.bitsPerNat);
  }

  step(report: StepReport): void {
    const figures = this.#figures.update(report);
    const every = Math.max(1, Math.round(report.steps / 20));
    const due = report.step % every === 0 || report.validation !== undefined || report.finished;
    if (due) this.say([`step ${report.step}/${report.steps}`, ...figures].join("  "));
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  end(): void {}
}

/** A bar; above it a line at each validation, with a sample. */
class Bar implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #options: ProgressOptions;
  readonly #figures: Figures;
  readonly #bars: MultiBar;
  #bar: SingleBar | undefined;

  constructor(output: NodeJS.WriteStream, options: ProgressOptions) {
    this.#output = output;
    this.#options = options;
    this.#figures = new Figures(options.bitsPerNat);
    this.#bars = new MultiBar({
      stream: output,
      format: "{bar} {value}/{total}  {figures}",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 20,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      emptyOnZero: true,
      forceRedraw: true,
      fps: 10,
    });
  }

  step(report: StepReport): void {
    const figures = this.#figures.update(report).join("  ");
    this.#bar ??= this.#bars.create(report.steps, report.step, { figures });
    this.#bar.update(report.step, { figures });
    if (report.validation === undefined) return;
    const found = [`validation ${report.validation.toFixed(3)}`, ...measured(report)];
    const head = `${[`step ${report.step}`, ...found].join("  ")}  `;
    const room = (this.#output.columns || 80) - head.length - 2;
    this.say(head + oneLine(this.#options.sample(), room));
  }

  say(text: string): void {
    if (this.#bar) this.#bars.log(`${text}\n`);
    else this.#output.write(`${text}\n`);
  }

  end(): void {
    if (!this.#bar) return;
    this.#bars.update();
    this.#bars.stop();
    this.#bar = undefined;
  }
}
