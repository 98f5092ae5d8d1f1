// Losses of style and their gradients with respect to the picture against PyTorch: make_style.py beside this file made the
// fixture, from pictures, filters and weights that both sides draw.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import { load } from "../../src/host/module.js";
import type { StyleEye } from "../../src/models/style/features.js";
import { Objective } from "../../src/models/style/objective.js";
import { paletteOf } from "../../src/models/style/palette.js";
import type { Colours } from "../../src/models/style/picture.js";
import { RandomFilters } from "../../src/models/style/random-filters.js";
import { squeezeNet } from "../../src/models/style/squeezenet.js";
import { generator } from "../kernels/harness.js";
import { difference } from "./picture-fixtures.js";
import { drawn, squeezeNetFile } from "./squeezenet.js";

const { tensors } = readSafetensors(
  new Uint8Array(readFileSync(new URL("style.safetensors", import.meta.url))),
);
const runtime = await (await load()).withPictures();
const [height, width] = [92, 100];
const [content, style] = [picture(height, width, 1), picture(96, 88, 2)];
const noise = drawn([height, width, 3], -0.1, 0.1, 3);
const start = Float32Array.from(content.data, (byte, i) => byte / 255 + noise[i]);

function picture(height: number, width: number, seed: number): Colours {
  const random = generator(seed);
  const across = width / 4;
  const small = Float64Array.from({ length: (height / 4) * across * 3 }, () => random());
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3 / width) >> 2, (Math.floor(i / 3) % width) >> 2];
    return Math.floor((0.6 * small[(row * across + column) * 3 + (i % 3)] + 0.4 * random()) * 255);
  });
  return { height, width, data };
}

function filters(): StyleEye {
  const palette = paletteOf([{ picture: style, share: 1 }]);
  const given = drawn([64, 11, 11, 3], -0.2, 0.2, 4);
  return new RandomFilters(runtime.machine(), 88, palette, given);
}

async function pretrained(): Promise<StyleEye> {
  const eyes = await squeezeNet(squeezeNetFile()).styleEye(runtime);
  return eyes(88, paletteOf([{ picture: style, share: 1 }]));
}

test.each([
  ["filters", filters],
  ["squeezenet", pretrained],
] as const)("%s: losses and gradients are PyTorch's", async (name, make) => {
  const regions = [{ styles: [{ picture: style, share: 1 }] }];
  const weights = { content: 0.02, variation: 0.5 };
  const objective = new Objective(await make(), regions, content, weights, "reflect");
  const got = objective.of(start, height, width);
  const [loss, styleLoss, contentLoss] = f32Data(tensors.get(`${name}.losses`)!);
  expect(got.loss / loss).toBeCloseTo(1, 4);
  expect(got.style / styleLoss).toBeCloseTo(1, 4);
  expect(got.content / contentLoss).toBeCloseTo(1, 4);
  expect(difference(got.gradient, f32Data(tensors.get(`${name}.gradient`)!))).toBeLessThan(1e-3);
});
