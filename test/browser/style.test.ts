// The example page that paints photos in the style of paintings, in Chromium.

import { expect, it } from "vitest";
import { ImageSet } from "../../src/entries/node.js";
import { StyleTransfer } from "../../src/entries/style-node.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("style.html");
const { change, choose, complaint, complaints, drawn, press, run, text, until, untilOther } = page;

const plain = (width: number, height: number) =>
  new ImageSet({
    ...{ width, height, channels: 3 },
    pixels: new Uint8Array(3 * width * height).map((_, i) => (i * 7) % 256),
  });
const size = (id: string) => run(`[${at(id)}.width, ${at(id)}.height].join(" × ")`);

it("the page of styles paints a photo, stops, makes a tile, goes through a network, and saves", async (test) => {
  await page.open(test, `${at("painting")}.width === 224`);
  expect(await text("photo-size")).toBe("256 × 192 pixels");
  await change("side", 64);
  await change("steps", 9);
  await press("paint");
  await until(`/^step 9 of 9, distance from the style [\\d.]+$/.test(${at("status")}.textContent)`);
  expect(await size("result")).toBe("64 × 48");
  const png = await page.saved("save");
  expect((await ImageSet.fromPNG([{ name: "styled.png", bytes: png }])).width).toBe(64);

  // Other pictures, dropped or opened; what keeps more of the photo gives another picture.
  await choose("photo-file", { "photo.png": await plain(40, 60).toPNG(0) });
  await until(`${at("photo-size")}.textContent === "40 × 60 pixels"`);
  await choose("painting-file", { "no.png": new Uint8Array(9) });
  expect(await complaint()).toMatch(/no.png/);
  await press("paint");
  await until(`!${at("paint")}.hidden && ${at("result")}.height === 60`);
  const before = await drawn("result");
  await change("content", 3, "input");
  expect(await text("how-much")).toBe("10");
  await press("paint");
  await untilOther("result", before);
  await until(`!${at("paint")}.hidden`);

  // A long run shows pictures on the way, and can be stopped.
  await change("steps", 10000);
  await press("paint");
  await until(`/^step [2-9]\\d* of 10000, .*, about .* left$/.test(${at("status")}.textContent)`);
  expect(await run(`${at("settings")}.disabled`)).toBe(true);
  await press("stop");
  await until(`!${at("paint")}.hidden`);

  await change("what", "texture");
  expect(await text("paint")).toBe("Make a texture");
  await change("steps", 6);
  await press("paint");
  await until(`!${at("paint")}.hidden && ${at("result")}.width === 64`);
  expect(await size("result")).toBe("64 × 64");

  const model = await StyleTransfer.create({ style: plain(24, 24), channels: 2, blocks: 1 });
  await model.fit(plain(24, 24), { steps: 1, batch: 1 });
  await choose("network", { "s.safetensors": model.save() });
  await until(`${at("status")}.textContent.startsWith("by s.safetensors in ")`);
  expect(await size("result")).toBe("40 × 60");
  const whole = await drawn("result");
  await change("strength", 0.5, "input");
  await untilOther("result", whole);
  await change("strength", 0, "input");
  await until(`${at("result")}.toDataURL() === ${at("photo")}.toDataURL()`);
  await choose("network", { "no.safetensors": new Uint8Array(9) });
  expect(await complaint()).toMatch(/safetensors/);
  expect(await page.widthAt(390)).toBe(390);
  expect(complaints).toEqual([]);
});
