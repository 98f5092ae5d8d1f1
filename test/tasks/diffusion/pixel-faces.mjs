// Faces of DiceBear's "Pixel Art" (CC0) with six attributes that are known, 16×16 pixels in colour, and captions of them in
// English and Chinese from a grammar: what faces-words.mjs learns.

import { createAvatar } from "@dicebear/core";
import * as pixelArt from "@dicebear/pixel-art";
import { ImageSet } from "../../../dist/node.js";
import { rasterised } from "../../../examples/characters/rasterised.mjs";
import { uniform } from "../pictures/data.mjs";

/** Attributes and their values, with what each is drawn with. */
const drawnWith = {
  hair: {
    black: ["28150a"],
    brown: ["83623b"],
    blond: ["e6c57f"],
    red: ["bd1700"],
    blue: ["009bbd"],
    green: ["91cb15"],
  },
  // Hair that is seen below these hats.
  length: {
    short: ["short18", "short17", "short15", "short14"],
    long: ["long01", "long02", "long03", "long04", "long07", "long08"],
  },
  glasses: {
    none: [],
    clear: ["light01", "light02", "light03", "light05", "light06"],
    dark: ["dark01", "dark02", "dark03", "dark05", "dark06"],
  },
  hat: {
    none: [],
    hat: ["variant03", "variant05", "variant06", "variant07", "variant08"],
  },
  skin: { pale: ["ffdbac"], tan: ["cb9e6e"], brown: ["8d5524"] },
  clothes: {
    blue: ["428bca"],
    green: ["00b159"],
    red: ["d11141"],
    yellow: ["ffd969"],
    white: ["f5f5f5"],
  },
};

export const attributes = Object.keys(drawnWith);

/** Every combination of values, in a fixed order. */
export const combinations = attributes.reduce(
  (all, name) =>
    all.flatMap((one) => Object.keys(drawnWith[name]).map((value) => ({ ...one, [name]: value }))),
  [{}],
);

/** The places of combinations that are kept from training, drawn by a seed, and of the others. */
export function heldOut(count, seed) {
  const next = uniform(seed);
  const order = combinations.map((_, i) => ({ i, at: next() })).sort((a, b) => a.at - b.at);
  const places = order.map(({ i }) => i);
  return { held: places.slice(0, count), others: places.slice(count) };
}

/** Faces of combinations that are drawn from these places, with labels and captions: two in English and two in Chinese. */
export function pixelFaces(count, places, seed) {
  const next = uniform(seed);
  const of = (list) => list[Math.floor(next() * list.length)];
  const pixels = new Uint8Array(count * 16 * 16 * 3);
  const [rows, captions] = [[], []];
  for (let i = 0; i < count; i++) {
    const said = combinations[of(places)];
    pixels.set(drawn(said, of, `${seed}-${i}`), i * 16 * 16 * 3);
    rows.push(said);
    captions.push([english, english, chinese, chinese].map((language) => language(said, of)));
  }
  const set = new ImageSet({ pixels, height: 16, width: 16, channels: 3 });
  return set.withLabels(rows).withCaptions(captions);
}

/** RGB bytes of a face; what is not an attribute follows from the name. */
function drawn(said, of, seed) {
  const own = (name) => {
    const list = drawnWith[name][said[name]];
    return list.length > 0 ? [of(list)] : [];
  };
  const svg = createAvatar(pixelArt, {
    seed,
    hairColor: own("hair"),
    hair: own("length"),
    glasses: own("glasses"),
    glassesProbability: said.glasses === "none" ? 0 : 100,
    glassesColor: ["323232"],
    hat: own("hat"),
    hatProbability: said.hat === "none" ? 0 : 100,
    hatColor: ["2e1e05", "614f8a", "989789", "cc6192"],
    skinColor: own("skin"),
    clothingColor: own("clothes"),
    clothing: ["variant12", "variant13", "variant14", "variant17", "variant19", "variant23"],
    accessoriesProbability: 0,
    beardProbability: 0,
  }).toString();
  return rasterised(svg);
}

/** A caption in English. */
export function english({ hair, length, glasses, hat, skin, clothes }, of) {
  const parts = [
    of([`${length} ${hair} hair`, `${hair} ${length} hair`, `hair that is ${length} and ${hair}`]),
    {
      none: of(["no glasses", "without glasses"]),
      clear: of(["glasses", "wearing glasses", "clear glasses"]),
      dark: of(["sunglasses", "dark glasses", "wearing sunglasses"]),
    }[glasses],
    hat === "none" ? of(["no hat", "without a hat"]) : of(["a hat", "wearing a hat"]),
    of([`${skin} skin`, `a ${skin} face`]),
    of([`${clothes} clothes`, `a ${clothes} shirt`, `dressed in ${clothes}`]),
  ];
  const list = shuffled(parts, of);
  const last = list.pop();
  const begin = of(["", "a face with ", "someone with ", "a portrait: "]);
  return `${begin}${list.join(", ")}${of([", ", " and ", ", and "])}${last}`;
}

const words = {
  hair: { black: "黑", brown: "棕", blond: "金", red: "红", blue: "蓝", green: "绿" },
  length: { short: "短", long: "长" },
  skin: { pale: "白", tan: "黄", brown: "棕" },
  clothes: { blue: "蓝", green: "绿", red: "红", yellow: "黄", white: "白" },
};

/** A caption in Chinese. */
export function chinese({ hair, length, glasses, hat, skin, clothes }, of) {
  const [colour, long] = [words.hair[hair], words.length[length]];
  const parts = [
    of([`${colour}色${long}发`, `${long}${long}的${colour}头发`, `留着${colour}色的${long}头发`]),
    {
      none: of(["没有眼镜", "不戴眼镜"]),
      clear: of(["戴眼镜", "戴着眼镜"]),
      dark: of(["戴墨镜", "戴着太阳镜"]),
    }[glasses],
    hat === "none" ? of(["没有帽子", "不戴帽子"]) : of(["戴帽子", "戴着一顶帽子"]),
    of([`${words.skin[skin]}皮肤`, `皮肤是${words.skin[skin]}色的`]),
    of([`穿${words.clothes[clothes]}衣服`, `${words.clothes[clothes]}色的上衣`]),
  ];
  const begin = of(["", "一张脸：", "一个人，", "头像，"]);
  return `${begin}${shuffled(parts, of).join(of(["，", "、"]))}`;
}

function shuffled(list, of) {
  const left = [...list];
  return list.map(() => {
    const one = of(left);
    left.splice(left.indexOf(one), 1);
    return one;
  });
}
