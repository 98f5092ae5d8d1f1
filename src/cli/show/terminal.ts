// Standard streams: who reads them, and what happens when nobody does any more.

import { FAILURE, reason } from "../errors.js";
import { visible, visibleJson, visibleText } from "./escape.js";

let whenBroken = (): void => process.exit(0);

/** A reader that has seen enough (`| head`) ends the program without a word. */
export function watchPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // EIO: the terminal was closed.
    if (error.code === "EPIPE" || error.code === "EIO") return whenBroken();
    process.stderr.write(`simdream: cannot write to standard output: ${reason(error)}\n`);
    process.exit(FAILURE);
  });
  process.stderr.on("error", () => {});
}

/** What to do instead of ending at once when the reader of the output is gone. */
export function onBrokenPipe(action: () => void): void {
  whenBroken = action;
}

/** What a command did, for people: one line; undefined: nothing. */
export function printLine(text: string | undefined): void {
  if (text !== undefined) process.stdout.write(`${visible(text)}\n`);
}

/** A result for programs: one JSON object on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(value)}\n`);
}

export type Output = NodeJS.WriteStream | undefined;

/** Where human messages go: with --json standard output belongs to the result. */
export function messageOutput(options: { json?: boolean; quiet?: boolean }): Output {
  if (options.quiet) return undefined;
  if (!options.json) return process.stdout;
  return process.stderr.isTTY ? process.stderr : undefined;
}

/** Something that people should know of although the command continues. */
export function warn(text: string): void {
  process.stderr.write(`simdream: ${visibleText(text)}\n`);
}

/**
 * What a model wrote. A terminal is not commanded by it; a file or a program gets it as it is.
 */
export function printText(text: string): void {
  process.stdout.write(process.stdout.isTTY ? visibleText(text) : text);
}
