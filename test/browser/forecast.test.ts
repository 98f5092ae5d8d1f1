// The example page that predicts how balls fly, in Chromium.

import { expect, it } from "vitest";
import { ImageSet } from "../../src/entries/node.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("forecast.html");
const { change, complaint, complaints, drawn, press, run, text, until, untilOther } = page;

/** Drags a pointer over the board, between places that are fractions of its sides. */
const drag = (from: readonly number[], to: readonly number[]) =>
  run(`{ const board = ${at("real")};
    board.setPointerCapture = () => {};
    const { left, top, width, height } = board.getBoundingClientRect();
    for (const [name, [x, y]] of [["down", ${JSON.stringify(from)}], ["move", ${JSON.stringify(to)}], ["up", ${JSON.stringify(to)}]]) {
      const place = { clientX: left + x * width, clientY: top + y * height };
      board.dispatchEvent(new PointerEvent("pointer" + name, { ...place, button: 0, bubbles: true }));
    } }`);

it("the page of forecasts learns balls, continues thrown ones and clips of files, saves and loads", async (test) => {
  await page.open(test, `${at("gallery")}.width > 300`);
  expect(await text("count")).toMatch(/^[\d,]+ clips of 14 frames, 24 × 24 pixels$/);
  await change("hidden", 4);
  await change("steps", 4);
  // A ball can be thrown before anything is learned.
  const before = await drawn("real");
  await drag([0.3, 0.3], [0.6, 0.5]);
  await untilOther("real", before);
  expect(await run(`${at("gif")}.hidden`)).toBe(true);

  await press("train");
  await page.trained();
  await until(`!${at("samples")}.hidden`);
  await until(`/^Squared error a frame [\\d.]+; /.test(${at("error")}.textContent)`);
  await until(
    `/^Frame \\d+ of 16: (given|predicted)$/.test(${at("predicted-caption")}.textContent)`,
  );
  await change("frames", 6, "input");
  await until(`/^Frame \\d+ of 10: predicted$/.test(${at("predicted-caption")}.textContent)`);
  const thrown = await drawn("predicted");
  await drag([0.8, 0.8], [0.5, 0.2]);
  await untilOther("predicted", thrown);

  // Both clips are saved, side by side.
  const bytes = await page.saved("gif");
  const both = await ImageSet.fromGIF([{ name: "forecast.gif", bytes }]);
  expect([both.frames, both.height]).toEqual([10, 6 * 24]);
  expect(both.width).toBeGreaterThan(2 * 6 * 24 - 1);

  await page.saved("save");
  await page.openModel(`new File([saved], "forecast.safetensors")`);
  await until(`${at("status")}.textContent === "forecast.safetensors: 4 steps"`);
  await page.openModel(`new File(["no model"], "no.safetensors")`);
  expect(await complaint()).toMatch(/safetensors/);

  // Clips of files, which the model does not know; then it learns them.
  const pixels = Uint8Array.from({ length: 5 * 16 * 16 }, (_, i) => (i * i) >> 4);
  const own = new ImageSet({ pixels, frames: 5, height: 16, width: 16, channels: 1 });
  await page.choose("files", { "a.gif": await own.toGIF(0), "b.gif": await own.toGIF(0) });
  await until(`${at("count")}.textContent === "2 clips of 5 frames, 24 × 24 pixels"`);
  expect([await text("drawing-title"), await run(`${at("input")}.value`)]).toEqual([
    ...["Pick a clip", "3"],
  ]);
  await press("train");
  await page.trained();
  await until(`${at("real-caption")}.textContent === "What happens: the clip is over"`);
  expect(await page.widthAt(320)).toBe(320);
  expect(complaints).toEqual([]);
});
