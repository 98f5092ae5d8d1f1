// What a picture model works on: pictures (H, W, C), or vectors of any shape.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";

/** Axes of one example: [height, width, channels] of a picture, or those of a vector. */
export type Shape = readonly number[];

const MOST_NUMBERS = 2 ** 24;

/** @param axes of a shape, at most: 4 where the model learns clips @throws InvalidInputError */
export function checkShape(shape: unknown, axes: 3 | 4 = 3): Shape {
  if (!Array.isArray(shape) || shape.length < 1 || shape.length > axes) {
    throw new InvalidInputError(
      `shape must be a list of 1 to ${axes} sizes such as [28, 28, 1], got ${describe(shape)}`,
    );
  }
  for (const [i, size] of shape.entries()) {
    checkNumber(`shape[${i}]`, size, { integer: true, min: 1, max: MOST_NUMBERS });
  }
  if (isClip(shape) && shape[0] === 1) {
    throw new InvalidInputError(
      `clips have 2 frames or more, got shape [${shape.join(", ")}]; of pictures it is [${frameOf(shape).join(", ")}]`,
    );
  }
  if (numbersOf(shape) > MOST_NUMBERS) {
    throw new InvalidInputError(
      `an example may have at most ${MOST_NUMBERS} numbers, got ${shape.join(" × ")}; ` +
        "make the pictures smaller: give a size",
    );
  }
  return [...shape];
}

/** Refuses clips, for models that learn pictures. @param what the call is called @throws InvalidInputError */
export function checkNoClips<S>(what: string, shape: S): S {
  if (!Array.isArray(shape) || !isClip(shape)) return shape;
  throw new InvalidInputError(
    `${what}: these are clips of ${shape[0]} frames (${shapeText(shape)}); this model learns pictures. ` +
      "Take a frame of each, clips.frame(0), or all frames as pictures, clips.stills()",
  );
}

/** Whether examples are pictures, whose numbers are from 0 to 1; those of a vector are what they are. */
export function isPicture(shape: Shape): boolean {
  return shape.length === 3;
}

/** Whether examples are clips: [frames, height, width, channels], whose numbers are as those of pictures. */
export function isClip(shape: Shape): boolean {
  return shape.length === 4;
}

/** Whether numbers are those of pixels, from 0 to 1. */
export function hasPixels(shape: Shape): boolean {
  return isPicture(shape) || isClip(shape);
}

/** Axes of a picture, or of a frame of a clip. */
export function frameOf(shape: Shape): Shape {
  return shape.slice(-3);
}

/** Numbers of one example. */
export function numbersOf(shape: Shape): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** As people write it: 28×28×1. */
export function shapeText(shape: Shape): string {
  return shape.join("×");
}
