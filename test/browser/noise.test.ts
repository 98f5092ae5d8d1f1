// The example page on which pictures emerge from noise, in Chromium.

import { describe, expect, it } from "vitest";
import { at, examplePage } from "./example-page.js";

const page = examplePage("noise.html");
const { change, complaint, complaints, drawn, press, run, text, until, untilOther } = page;
const open = (test: Parameters<typeof page.open>[0]) =>
  page.open(test, `${at("gallery")}.width > 300`);
/** All moments have been shown. */
const emerged = (steps: number) =>
  until(`${at("when")}.textContent === "step ${steps} of ${steps}"`);

describe("the page of pictures from noise", () => {
  it("learns faces, shows them emerge, fills in what is rubbed out, saves and loads", async (test) => {
    await open(test);
    expect(await text("count")).toBe("1,000 pictures of 16 × 16 pixels");
    await change("steps", 100000);
    await press("train");
    await until(`!${at("samples")}.hidden`);
    await untilOther("samples", await drawn("samples"));
    await until(
      `/^step [\\d,]+ of 100,000, loss [\\d.]+, .* left$/.test(${at("status")}.textContent)`,
    );
    await press("stop");
    await until(`!${at("over")}.hidden && ${at("train")}.textContent === "Resume"`);

    // Every moment can be seen again, and what is asked for changes the pictures.
    await change("sampling", 4, "input");
    await emerged(4);
    const last = await drawn("samples");
    await change("moment", 1, "input");
    expect(await text("when")).toBe("step 1 of 4");
    const first = await drawn("samples");
    expect(first).not.toBe(last);
    await change("view", "predicted");
    expect(await drawn("samples")).not.toBe(first);
    await change("view", "made");
    await press("more");
    await untilOther("samples", first);
    await emerged(4);
    const any = await drawn("samples");
    await run(`document.querySelector("#wishes select").value = "crown";
      document.querySelector("#wishes select").dispatchEvent(new Event("change"))`);
    await emerged(4);
    await untilOther("samples", any);

    // What is rubbed out is filled in; the rest stays.
    await until(`${at("filled-caption")}.textContent === "Rub out a part, and it is filled in"`);
    const before = await drawn("filled");
    const whole = await drawn("canvas");
    await page.key(" ");
    await until(`${at("filled-caption")}.textContent.startsWith("Filled in four times")`);
    await untilOther("filled", before);
    const one = await drawn("filled");
    await press("again");
    await untilOther("filled", one);
    await press("back");
    expect(await drawn("canvas")).toBe(whole);
    await page.key(" ");
    const corner = `${at("canvas")}.getContext("2d").getImageData(0, 0, 4, 4).data.join()`;
    const known = await run(corner);
    await until(`${at("filled-caption")}.textContent.startsWith("Filled in four times")`);
    await run(`${at("filled")}.dispatchEvent(new MouseEvent("click"))`);
    expect(await run(corner)).toBe(known);

    await page.save();
    await page.openModel(`new File([saved], "noise.safetensors")`);
    await until(`/^noise.safetensors: [\\d,]+ steps$/.test(${at("status")}.textContent)`);
    await page.openModel(`new File(["no model"], "no.safetensors")`);
    expect(await complaint()).toMatch(/safetensors/);
    expect(complaints).toEqual([]);
  });

  it("learns pictures that are dropped and drawn", async (test) => {
    await open(test);
    await change("choice", "own");
    await press("train");
    expect(await complaint()).toMatch(/^There is no picture to learn/);
    await page.drop(20, 24);
    await until(`${at("count")}.textContent === "2 pictures of 16 × 16 pixels"`);
    await change("label", "drawn");
    await page.key(" ");
    await press("add");
    await until(`${at("count")}.textContent === "3 pictures of 16 × 16 pixels"`);
    expect(await run(`${at("columns")}.value`)).toBe("label");
    await change("steps", 5);
    await press("train");
    await page.trained();
    await emerged(20);
    expect(await run(`document.querySelectorAll("#wishes option").length`)).toBe(3);
    expect(await page.widthAt(360)).toBe(360);
    expect(complaints).toEqual([]);
  });
});
