// What the demo learns, for trying things out: `simdream/corpus`.

import englishText from "../corpus/en.txt";
import chineseText from "../corpus/zh.txt";
import { drawFaces, type FaceOptions } from "../data/images/faces.js";
import { ImageSet } from "./index.js";

export type { FaceOptions } from "../data/images/faces.js";

/** A thousand everyday Chinese sentences, a third of them about the weather, one a line. */
export const chinese: string = chineseText;

/** A hundred short English ones, one a line. */
export const english: string = englishText;

/**
 * Small faces in RGB, 16 × 16 pixels, that are drawn by the seed: the same everywhere. Labels say what was drawn:
 * skin, hair, colour, eyes, mouth, glasses, beard, hat, shirt, background.
 * @throws InvalidInputError
 */
export function faces(options?: FaceOptions): ImageSet {
  return new ImageSet(drawFaces(options));
}
