// How a run shows that it is alive: a bar on a terminal, a table elsewhere, nothing where nobody looks.

import { MultiBar, type SingleBar } from "cli-progress";
import type { PairStepReport, StepReport } from "../../entries/node.js";
import { visibleText } from "../show/escape.js";
import { clock, oneLine } from "../show/format.js";
import type { Output } from "../show/terminal.js";
import { type Figure, type FigureOptions, Figures, measured } from "./figures.js";
import { passes } from "./job.js";
import { Rise } from "./rise.js";

/** What a run tells while it goes. */
export interface Progress {
  step(report: StepReport): void;
  /** Lines for people, above the bar. */
  say(text: string): void;
  /** Lines of ours in colours, which a terminal obeys; nothing elsewhere. */
  draw(lines: string): void;
  /** The bar goes; what was said stays. */
  end(): void;
}

/** What progress needs to know of the run. */
export interface ProgressOptions extends FigureOptions {
  /** Texts as the model writes them now, a line each; others at every call. */
  readonly samples: () => readonly string[];
  /** The best validation before this call, of a run that is resumed. */
  readonly best?: { readonly step: number; readonly loss: number } | undefined;
  /** Whether it has been said how long the run takes. */
  readonly timed?: boolean;
}

export function makeProgress(output: Output, options: ProgressOptions): Progress {
  if (!output) return { step() {}, say() {}, draw() {}, end() {} };
  const shown = output.isTTY ? new Bar(output, options) : new Table(output, options);
  const notes = new Notes(options);
  return {
    step(report) {
      for (const note of notes.before(report)) shown.say(note);
      shown.step(report);
      for (const note of notes.after(report)) shown.say(note);
    },
    say: (text) => shown.say(text),
    draw: (lines) => shown.draw(lines),
    end: () => shown.end(),
  };
}

/** Seconds of training after which it is known how long the rest takes. */
const ENOUGH = 0.5;
/** Seconds of a run that is over before anybody has read how long it takes. */
const SHORT = 5;

/** What is said once: how long it will take, how much is padding, that the validation rises, what goes wrong. */
class Notes {
  readonly #rise: Rise;
  #first: StepReport | undefined;
  #timed: boolean;

  constructor({ best, timed = false }: ProgressOptions) {
    this.#timed = timed;
    this.#rise = new Rise(best);
  }

  *before(report: StepReport): Generator<string> {
    const { padding } = report as PairStepReport;
    if (padding !== undefined)
      yield `padding ${(100 * padding).toFixed(1)} % of a batch's positions`;
    if (this.#timed) return;
    // The first step also warms up, so it is no measure of the others.
    this.#first ??= report;
    const seconds = report.elapsed - this.#first.elapsed;
    if (seconds < ENOUGH && !report.finished) return;
    this.#timed = true;
    const taken = report.step - this.#first.step;
    if (taken === 0 || report.finished) return;
    const left = report.elapsed + (seconds / taken) * (report.steps - report.step);
    if (left >= SHORT) yield `time   about ${duration(left)} on this machine`;
  }

  *after(report: StepReport): Generator<string> {
    const note = this.#rise.observe(report);
    if (note !== undefined) yield note;
    for (const { message } of report.warnings ?? [])
      yield `warning  after step ${report.step}: ${message}`;
  }
}

/** "9 s" where that is short, else a clock. */
function duration(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : clock(seconds);
}

/** A row every twentieth of the run and at each validation; a column means one thing. */
class Table implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #figures: Figures;
  #begun = false;

  constructor(output: NodeJS.WriteStream, options: ProgressOptions) {
    this.#output = output;
    this.#figures = new Figures(options);
  }

  step(report: StepReport): void {
    const figures = this.#figures.update(report);
    const every = Math.max(1, Math.round(report.steps / 20));
    const due = passes(report, every) || report.validation !== undefined || report.finished;
    if (!due) return;
    const step = { name: "step", text: `${report.step}/${report.steps}` };
    const widest = Math.max(9, 2 * String(report.steps).length + 1);
    const row = [cell(step.text, widest), ...figures.map(columnOf)].join("  ");
    const head = [cell(step.name, widest), ...figures.map(headOf)].join("  ");
    this.say([...(this.#begun ? [] : [head]), [row, ...measured(report)].join("  ")].join("\n"));
    this.#begun = true;
  }

  say(text: string): void {
    this.#output.write(`${visibleText(text)}\n`);
  }

  draw(): void {}

  end(): void {}
}

function headOf({ name }: Figure): string {
  return cell(name, 7);
}

function columnOf({ name, text = "-" }: Figure): string {
  return cell(text, Math.max(7, name.length));
}

function cell(text: string, width: number): string {
  return text.padStart(width);
}

/** A bar; above it the figures of each validation, with samples. */
class Bar implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #options: ProgressOptions;
  readonly #figures: Figures;
  readonly #bars: MultiBar;
  #bar: SingleBar | undefined;

  constructor(output: NodeJS.WriteStream, options: ProgressOptions) {
    this.#output = output;
    this.#options = options;
    this.#figures = new Figures(options);
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
    const known = this.#figures.update(report).filter(({ text }) => text !== undefined);
    const training = known
      .filter(({ name }) => !ofValidation.has(name))
      .map(labelled)
      .join("  ");
    this.#bar ??= this.#bars.create(report.steps, report.step, { figures: training });
    this.#bar.update(report.step, { figures: training });
    if (report.validation === undefined) return;
    const shown = known.filter(({ name }) => !ofMachine(name)).map(labelled);
    this.say([`step ${report.step}`, ...shown, ...measured(report)].join("  "));
    const room = (this.#output.columns || 80) - 4;
    for (const sample of this.#options.samples()) this.say(`  ${oneLine(sample, room)}`);
  }

  say(text: string): void {
    const line = `${visibleText(text)}\n`;
    if (this.#bar) this.#bars.log(line);
    else this.#output.write(line);
  }

  draw(lines: string): void {
    if (this.#bar) this.#bars.log(`${lines}\n`);
    else this.#output.write(`${lines}\n`);
  }

  end(): void {
    if (!this.#bar) return;
    this.#bars.update();
    this.#bars.stop();
    this.#bar = undefined;
  }
}

const ofValidation: ReadonlySet<string> = new Set(["validation", "val bits/char"]);

/** Whether a figure is of the machine, not of the model: how fast, how long. */
function ofMachine(name: string): boolean {
  return name.endsWith("/s") || name === "left";
}

function labelled({ name, text }: Figure): string {
  return `${name} ${text}`;
}
