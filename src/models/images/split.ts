// Pictures kept for validation, and how data are told apart. Equal pictures stay on one side, so that a validation
// never has a picture that was learned.

import { hashBytes } from "../../data/fingerprint.js";
import { belonging } from "../../data/images/together.js";
import { drawNames } from "../../data/order.js";
import type { Key } from "../../host/key.js";
import { gather, type Labelled } from "./batches.js";
import type { Rows } from "./rows.js";

/** @param fraction of the different pictures; 0: no validation @throws InvalidInputError */
export function drawValidation(
  all: Labelled,
  fraction: number,
  key: Key,
): {
  readonly train: Labelled;
  readonly validation: Labelled | undefined;
  /** Numbers of those to train on; undefined where that is all of them. */
  readonly trained: Int32Array | undefined;
} {
  if (fraction === 0) return { trained: undefined, train: all, validation: undefined };
  const names = belonging(hashesOf(all.rows), all.groups);
  const held = drawNames("pictures", names, fraction, key);
  const of = (validation: boolean) =>
    Int32Array.from([...names.keys()].filter((i) => held.has(names[i]) === validation));
  const trained = of(false);
  return { trained, train: gather(all, trained), validation: gather(all, of(true)) };
}

/** Tells data from others, so that a run is not resumed on other data. */
export function fingerprintOf({ rows, places, captions, groups, guessed }: Labelled): string {
  const hash = ({ buffer, byteOffset, byteLength }: Int32Array) =>
    hashBytes(new Uint8Array(buffer, byteOffset, byteLength));
  const said = captions ? hashOfCaptions(captions) : "";
  const parts = groups ? hashBytes(new TextEncoder().encode(JSON.stringify(groups))) : "";
  const others = guessed ? hash(guessed) : "";
  return `${rows.count}-${rows.width}-${hashBytes(bytesOf(rows, 0, rows.count))}${hash(places)}${said}${parts}${others}`;
}

function hashOfCaptions(captions: NonNullable<Labelled["captions"]>): string {
  const tokens = captions.flatMap((own) => own.flatMap((one) => [one.length, ...one]).concat(-1));
  return hashBytes(new Uint8Array(Int32Array.from(tokens).buffer));
}

function hashesOf(rows: Rows): string[] {
  return Array.from({ length: rows.count }, (_, i) => hashBytes(bytesOf(rows, i, i + 1)));
}

function bytesOf({ values, width }: Rows, from: number, to: number): Uint8Array {
  const some = values.subarray(from * width, to * width);
  return new Uint8Array(some.buffer, some.byteOffset, some.byteLength);
}
