// The example page that learns pictures, in Chromium.

import { describe, expect, it } from "vitest";
import { at, examplePage } from "./example-page.js";

const page = examplePage("pictures.html");
const { change, complaint, complaints, drawn, drop, press, run, text, trained } = page;
const { until, untilOther } = page;
const open = (test: Parameters<typeof page.open>[0]) =>
  page.open(test, `${at("gallery")}.width > 300`);

describe("the page that learns pictures", () => {
  it("learns faces, shows samples, walks, reconstructs, saves and loads", async (test) => {
    await open(test);
    expect(await text("count")).toBe("1,000 pictures of 16 × 16 pixels");
    await change("steps", 100000);
    await press("train");
    await until(`!${at("samples")}.hidden && ${at("here")}.width === 16`);
    const early = await drawn("samples");
    await untilOther("samples", early);
    expect(await text("status")).toMatch(/^step [\d,]+ of 100,000, loss -?[\d.]+, .* left$/);

    await press("stop");
    await until(`!${at("over")}.hidden && ${at("train")}.textContent === "Resume"`);
    const step = `Number(/^step ([\\d,]+)/.exec(${at("status")}.textContent)[1].replace(",", ""))`;
    const stopped = await run(step);
    await press("train");
    await until(`${step} > ${stopped}`);
    await press("stop");
    await until(`!${at("over")}.hidden`);

    // A slider, what is asked for, and another picture to reconstruct each change what is shown.
    const here = await drawn("here");
    await change("first", 2, "input");
    await untilOther("here", here);
    const any = await drawn("samples");
    await run(`document.querySelector("#wishes select").value = "crown";
      document.querySelector("#wishes select").dispatchEvent(new Event("change"))`);
    await untilOther("samples", any);
    const seen = await drawn("reconstruction");
    await press("another");
    await untilOther("reconstruction", seen);

    await page.save();
    await page.openModel(`new File([saved], "faces.safetensors")`);
    await until(`/^faces.safetensors: [\\d,]+ steps$/.test(${at("status")}.textContent)`);
    await page.openModel(`new File(["no model"], "no.safetensors")`);
    expect(await complaint()).toMatch(/safetensors/);
    expect(complaints).toEqual([]);
  });

  it("learns pictures that are dropped and drawn, and says what is wrong with them", async (test) => {
    await open(test);
    await change("choice", "own");
    await press("train");
    expect(await complaint()).toMatch(/^There is no picture to learn/);
    await change("size", "");
    await drop(20, 24);
    await until(`/2 sizes: 20 × 20 .*24 × 24/.test(${at("problem")}.textContent)`);
    expect(await text("count")).toBe("no pictures yet");

    await change("size", "16");
    await drop(20, 24);
    await until(`${at("count")}.textContent === "2 pictures of 16 × 16 pixels"`);
    expect(await run(`${at("problem")}.hidden`)).toBe(true);
    // Keys draw, too.
    const empty = await drawn("canvas");
    await page.key(" ");
    expect(await drawn("canvas")).not.toBe(empty);
    await press("add");
    await until(`${at("count")}.textContent === "3 pictures of 16 × 16 pixels"`);
    await change("steps", 5);
    await press("train");
    await trained();
    await until(`${at("reconstruction")}.width === 16`);
    expect(await page.widthAt(360)).toBe(360);
    expect(complaints).toEqual([]);
  });

  it("learns faces with a GAN, judges a drawing, walks between two samples, saves and loads", async (test) => {
    await open(test);
    await change("kind", "GAN");
    await change("latent", 8);
    await change("steps", 3);
    await press("train");
    await trained();
    await until(`!${at("samples")}.hidden && ${at("here")}.width === 16`);
    const hidden = `[...document.querySelectorAll("[data-of=GAN]")].some((one) => one.hasAttribute("hidden"))`;
    expect(await run(hidden)).toBe(false);
    expect(await run(`document.querySelectorAll("polyline").length`)).toBe(4);
    expect(await text("verdict")).toMatch(/\d+ % of the set\s+\d+ % of the made-up/);

    const here = await drawn("here");
    await change("first", 1, "input");
    await untilOther("here", here);
    const there = await drawn("here");
    await run(`${at("samples")}.dispatchEvent(new MouseEvent("click"))`);
    await untilOther("here", there);

    await page.save();
    await page.openModel(`new File([saved], "gan.safetensors")`);
    await until(`${at("status")}.textContent === "gan.safetensors: 3 steps"`);
    expect(await page.widthAt(360)).toBe(360);
    expect(complaints).toEqual([]);
  });
});
