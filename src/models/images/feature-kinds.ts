// What features of pictures are, whoever makes them.

import type { ImageSet } from "../../data/images/image-set.js";
import type { ImageLabel } from "../../data/images/parts.js";
import { describe, InvalidInputError } from "../../host/errors.js";

/**
 * What features are: numbers of the last hidden layer of a `classifier` that learned the labels of the pictures, or of
 * the same network with `random` weights, which knows shapes but no classes (Naeem et al., "Reliable Fidelity and Diversity
 * Metrics for Generative Models", 2020).
 */
export type FeatureKind = "classifier" | "random";

/** Features of pictures of one size. */
export interface PictureFeatures {
  readonly kind: FeatureKind;
  /** SHA-256 of the network's weights: distances compare only where it is the same. */
  readonly fingerprint: string;
  /** (N, 64). @throws InvalidInputError where pictures have another size or other channels */
  of(images: ImageSet): readonly Float32Array[];
  /** What the classifier takes pictures for; where `kind` is `classifier`. */
  classes?(images: ImageSet): ImageLabel[];
}

/** @throws InvalidInputError for what are none */
export function checkFeatures(features: PictureFeatures | undefined): void {
  if (features === undefined || typeof (features as PictureFeatures | null)?.of === "function")
    return;
  throw new InvalidInputError(
    `features must be of pictures, such as those of pictureFeatures, got ${describe(features)}`,
  );
}
