import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Indices } from "../tensor.js";
import { checkIndices } from "./embedding.js";
import { expectShape } from "./shape.js";

/** The largest head. */
const MOST_NUMBERS = 256;

/** Refuses heads of queries that cannot share those of keys, or are too large. */
export function checkHeads(what: string, H: number, G: number, d: number): void {
  if (H % G === 0 && d <= MOST_NUMBERS) return;
  throw new InvalidInputError(
    `${what}: expected a multiple of ${G} heads of at most ${MOST_NUMBERS} numbers, got ${H} of ${d}`,
  );
}

/** Refuses other than N lengths from `least` to `most`. */
export function checkLengths(
  machine: Machine,
  what: string,
  { address, length }: Indices,
  N: number,
  least: number,
  most: number,
): void {
  expectShape(`${what}: lengths`, { shape: [length] }, [N]);
  checkIndices(`${what}: lengths`, machine.i32(address, N), least, most + 1);
}
