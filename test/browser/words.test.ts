// The example page on which faces are asked for in words, in Chromium.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Diffusion } from "../../src/entries/index.js";
import { root } from "../runtimes/lib/platform.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("words.html");
const { change, complaint, complaints, drawn, press, run, text, until } = page;
/** All faces are there. */
const made = (steps: number) =>
  until(`/^16 faces in [\\d.]+ s, ${steps} steps/.test(${at("status")}.textContent)`);

it("the page of faces by words draws what is asked for, in two languages", async (test) => {
  await page.open(test, `!${at("draw")}.disabled`);
  await made(20);
  const bytes = readFileSync(join(root, "examples", "browser", "words.safetensors"));
  expect(bytes.length).toBeLessThan(700_000);
  const model = await Diffusion.load(bytes);
  expect(await text("weights")).toBe(`Weights ${model.fingerprint().slice(0, 12)}.`);
  expect(await run(`document.querySelectorAll("#examples button").length`)).toBe(6);

  // Every example is in letters that the model knows.
  const prompts = (await run(
    `Array.from(document.querySelectorAll("#examples button"), (one) => one.textContent)`,
  )) as string[];
  for (const prompt of prompts) {
    expect(() => model.tokenizer!.encode(prompt)).not.toThrow();
    expect(prompt.length).toBeLessThanOrEqual(model.config.text!.context);
  }

  // What is asked for, and not, counts; and so does the seed.
  await change("sampling", 4);
  await made(4);
  const shown = new Set([await drawn("samples")]);
  await run(`document.querySelectorAll("#examples button")[3].click()`);
  await made(4);
  expect(await run(`${at("prompt")}.value`)).toBe(prompts[3]);
  shown.add(await drawn("samples"));
  await change("negative", "Sunglasses");
  await made(4);
  shown.add(await drawn("samples"));
  await change("guidance", 1);
  await made(4);
  expect(await run(`${at("negative")}.disabled`)).toBe(true);
  shown.add(await drawn("samples"));
  await press("more");
  await made(4);
  shown.add(await drawn("samples"));
  expect(shown.size).toBe(5);

  // A pixel as Node has it.
  const { images } = model.generate({
    ...{ prompt: prompts[3], guidance: 1, steps: 4, seed: 2, samples: 16 },
  });
  const pixel = `Array.from(${at("samples")}.getContext("2d").getImageData(3, 3, 1, 1).data).slice(0, 3)`;
  expect(await run(pixel)).toEqual(Array.from(images.pixels.subarray(0, 3)));

  await change("moment", 1, "input");
  expect(await text("when")).toBe("step 1 of 4");
  await change("prompt", "red hair ☃");
  await press("draw");
  await until(`${at("status")}.textContent.endsWith("4 steps; it never read ☃")`);
  await change("prompt", "red hair ".repeat(50));
  await press("draw");
  expect(await complaint()).toMatch(/the model reads at most/);
  expect(await page.widthAt(360)).toBe(360);
  expect(complaints).toEqual([]);
});
