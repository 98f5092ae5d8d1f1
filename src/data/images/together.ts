// Sets that are put together, and sets that are cut in two: which pictures must be on one side.

import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { LightKey } from "../../host/light-key.js";
import { hashBytes } from "../fingerprint.js";
import type { Split } from "../texts.js";
import { bytesOfOne, type ImageLabel, type ImageParts } from "./parts.js";

/**
 * The same text for all that belong together, be it through others: what the first of them has.
 * @param hashes of what each is
 * @param groups of each, where there are some; without them the hashes are given back
 */
export function belonging(
  hashes: readonly string[],
  groups: readonly string[] | undefined,
): readonly string[] {
  if (!groups) return hashes;
  // Of each picture, one that it belongs to; of the first of all of them, itself.
  const parents = Int32Array.from(hashes.keys());
  const root = (i: number) => {
    let at = i;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  };
  for (const texts of [hashes, groups]) {
    const first = new Map<string, number>();
    for (const [i, text] of texts.entries()) {
      const [a, b] = [root(first.get(text) ?? i), root(i)];
      parents[Math.max(a, b)] = Math.min(a, b);
      if (!first.has(text)) first.set(text, i);
    }
  }
  return hashes.map((_, i) => hashes[root(i)]);
}

/**
 * Places of the pictures of two sides, the second about a fraction `val` of them, drawn by the seed. Pictures with the same
 * pixels, or of one group, are on one side.
 * @param by further groups
 * @throws InvalidInputError where one side would be empty
 */
export function sidesOf(
  parts: ImageParts,
  val: number,
  seed: number,
  by: readonly string[] | undefined,
): Split<number[]> {
  const { pixels, groups } = parts;
  const size = bytesOfOne(parts);
  const hashes = Array.from({ length: pixels.length / size }, (_, i) =>
    hashBytes(pixels.subarray(i * size, (i + 1) * size)),
  );
  return sidesByGroup("pictures", belonging(belonging(hashes, groups), by), val, seed);
}

/**
 * Places of the examples of two sides, the second about a fraction `val` of them, drawn by the seed.
 * @param ones what examples are called, for errors
 * @param names of the group of each: those of one are on one side
 * @throws InvalidInputError where one side would be empty
 */
export function sidesByGroup(
  ones: string,
  names: readonly string[],
  val: number,
  seed: number,
): Split<number[]> {
  checkNumber("val", val, { min: 0, above: true, max: 1 });
  const groups = together(names);
  const count = names.length;
  const wanted = Math.round(val * count);
  const side = new Uint8Array(count);
  let taken = 0;
  for (const group of LightKey.fromSeed(seed).permutation(groups.length)) {
    if (taken >= wanted) break;
    for (const i of groups[group]) side[i] = 1;
    taken += groups[group].length;
  }
  if (taken === 0 || taken === count) {
    throw new InvalidInputError(
      `a validation fraction of ${val} cuts ${count} ${ones} (${groups.length} different ones) ` +
        `into ${count - taken} and ${taken}; use more data or another fraction`,
    );
  }
  const on = (which: number) => Array.from(side.keys()).filter((i) => side[i] === which);
  return { train: on(0), validation: on(1) };
}

/** Places of examples of one group, in the order of the first of each. */
function together(names: readonly string[]): number[][] {
  const all = new Map<string, number[]>();
  for (const [i, name] of names.entries()) {
    const group = all.get(name);
    if (group) group.push(i);
    else all.set(name, [i]);
  }
  return [...all.values()];
}

/** Pixels of both, and what is said of all. @throws InvalidInputError where sizes, channels or frames differ */
export function joined(
  a: ImageParts,
  b: ImageParts,
): Partial<ImageParts> & Pick<ImageParts, "pixels"> {
  for (const side of ["frames", "height", "width", "channels"] as const) {
    if (a[side] === b[side]) continue;
    const what = side === "frames" ? "number of frames" : side;
    throw new InvalidInputError(
      `pictures that are put together have one ${what}, got ${a[side]} and ${b[side]}`,
    );
  }
  const pixels = new Uint8Array(a.pixels.length + b.pixels.length);
  pixels.set(a.pixels);
  pixels.set(b.pixels, a.pixels.length);
  return { pixels, captions: both(a.captions, b.captions), ...saidOfBoth(a, b) };
}

type SaidOfEach = Pick<ImageParts, "labels" | "names" | "groups">;

/** Labels that both have, and names and groups where both have them. */
export function saidOfBoth(a: SaidOfEach, b: SaidOfEach): SaidOfEach {
  const labels = (a.labels ?? []).flatMap((label) => {
    const same = b.labels?.find(({ name }) => name === label.name);
    return same ? [joinedLabel(label, same)] : [];
  });
  return { labels, names: both(a.names, b.names), groups: both(a.groups, b.groups) };
}

function both<T>(one?: readonly T[], other?: readonly T[]): T[] | undefined {
  return one && other && [...one, ...other];
}

function joinedLabel(a: ImageLabel, b: ImageLabel): ImageLabel {
  const classes = [...new Set([...a.classes, ...b.classes])];
  const places = b.classes.map((one) => classes.indexOf(one));
  const indices = new Int32Array(a.indices.length + b.indices.length);
  indices.set(a.indices);
  indices.set(
    b.indices.map((index) => places[index]),
    a.indices.length,
  );
  return { name: a.name, classes, indices };
}
