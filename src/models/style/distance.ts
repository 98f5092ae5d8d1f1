// How far a picture is from a style.

import { checkKeys } from "../../host/errors.js";
import { Objective } from "./objective.js";
import { eyesOf, type StyleOptions } from "./options.js";
import { paletteOf } from "./palette.js";
import { coloursOf, numbersOf, onWhite, type StylePicture } from "./picture.js";

/**
 * ‖G - A‖² / ‖A‖², mean over the maps of features: G the Gram matrix of the picture's features, A that of the style's; 0
 * where they are the same. Both verbs make this small at the picture's size.
 * @throws InvalidInputError, OutOfMemoryError
 */
export async function styleDistance(
  picture: StylePicture,
  style: StylePicture,
  options: Pick<StyleOptions, "features" | "runtime"> = {},
): Promise<number> {
  checkKeys("styleDistance", options, ["features", "runtime"]);
  const [own, like] = [coloursOf("picture", picture), coloursOf("style", style)].map(onWhite);
  const eyes = await eyesOf(options);
  const side = Math.min(own.width, own.height, like.width, like.height);
  const styles = [{ picture: like, share: 1 }];
  const weights = { content: 0, variation: 0 };
  const eye = eyes(side, paletteOf(styles));
  const objective = new Objective(eye, [{ styles }], undefined, weights, "reflect");
  return objective.of(numbersOf(own), own.height, own.width).style;
}
