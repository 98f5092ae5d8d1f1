// Sprites of 16×16 pixels for sheets: faces of DiceBear's "Pixel Art", whose design is in the public domain (CC0 1.0).

import { createAvatar } from "@dicebear/core";
import * as pixelArt from "@dicebear/pixel-art";
import { ImageSet } from "simdream";
import { rasterised } from "./rasterised.mjs";
import { looks, uniform } from "./sheets.mjs";

/** What each value is drawn with. */
const drawnWith = {
  hair: {
    black: "28150a",
    brown: "83623b",
    blond: "e6c57f",
    red: "bd1700",
    blue: "009bbd",
    green: "91cb15",
  },
  hat: { purple: "614f8a", green: "3d8a6b", red: "a62116" },
  skin: { pale: "ffdbac", tan: "cb9e6e", brown: "8d5524" },
  clothes: { blue: "428bca", green: "00b159", red: "d11141", yellow: "ffd969", white: "f5f5f5" },
  glasses: {
    clear: ["light01", "light02", "light03", "light05", "light06"],
    dark: ["dark01", "dark02", "dark03", "dark05", "dark06"],
  },
  // Hair that is seen below hats.
  length: {
    short: ["short18", "short17", "short15", "short14"],
    long: ["long01", "long02", "long03", "long04", "long07", "long13"],
  },
};

/** Sprites of characters that look so, labelled by looks; what is no look follows from the seed. */
export function sprites(characters, seed) {
  const next = uniform(seed);
  const of = (list) => list[Math.floor(next() * list.length)];
  const pixels = new Uint8Array(characters.length * 16 * 16 * 3);
  for (const [i, one] of characters.entries()) {
    pixels.set(drawn(one, of, `${seed}-${i}`), i * 16 * 16 * 3);
  }
  const labels = characters.map((one) =>
    Object.fromEntries(Object.keys(looks).map((name) => [name, one[name]])),
  );
  return new ImageSet({ pixels, height: 16, width: 16, channels: 3 }).withLabels(labels);
}

/** RGB bytes of a sprite. */
function drawn({ hair, length, glasses, hat, skin, clothes }, of, seed) {
  const svg = createAvatar(pixelArt, {
    seed,
    hair: [of(drawnWith.length[length])],
    hairColor: [drawnWith.hair[hair]],
    glasses: glasses === "none" ? [] : [of(drawnWith.glasses[glasses])],
    glassesProbability: glasses === "none" ? 0 : 100,
    glassesColor: ["323232"],
    hat: [of(["variant03", "variant05", "variant06", "variant07", "variant08"])],
    hatProbability: hat === "none" ? 0 : 100,
    hatColor: hat === "none" ? [] : [drawnWith.hat[hat]],
    skinColor: [drawnWith.skin[skin]],
    clothing: ["variant12", "variant13", "variant14", "variant17", "variant19", "variant23"],
    clothingColor: [drawnWith.clothes[clothes]],
    accessoriesProbability: 0,
    beardProbability: 0,
  }).toString();
  return rasterised(svg);
}

/** Characters whose looks are drawn evenly, whatever their class: what the picture model learns. */
export function anyLooks(count, seed) {
  const next = uniform(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(looks).map(([name, values]) => [
        name,
        values[Math.floor(next() * values.length)],
      ]),
    ),
  );
}
