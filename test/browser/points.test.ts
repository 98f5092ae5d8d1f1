// The example page with a GAN of points in the plane, in Chromium.

import { describe, expect, it } from "vitest";
import { at, examplePage } from "./example-page.js";

const page = examplePage("points.html");
const { change, complaints, key, press, run, text, until } = page;
const drawn = () => page.drawn("plane");
const untilOther = (before: string) => page.untilOther("plane", before);
/** Steps that have been taken. */
const steps = `Number(/^step ([\\d,]+)/.exec(${at("status")}.textContent)?.[1].replace(",", "") ?? 0)`;
const paused = () => until(`${at("run")}.textContent === "Run" && !${at("step")}.disabled`);

async function open(test: Parameters<typeof page.open>[0]): Promise<void> {
  await page.open(test, `${at("count")}.textContent === "2,000 points"`);
  await change("hidden", 16);
}

describe("the page with points in the plane", () => {
  it("takes one step, runs, pauses, learns other points and starts over", async (test) => {
    await open(test);
    const ring = await drawn();
    await press("step");
    await until(`${steps} === 1`);
    await paused();
    await untilOther(ring);
    await until(`/^\\d/.test(${at("precision")}.textContent)`);
    expect(await run(`document.querySelectorAll("polyline").length`)).toBe(4);

    await press("run");
    await until(`${steps} > 30`);
    await change("preset", "moons");
    await change("objective", "hinge");
    const before = (await run(steps)) as number;
    await until(`${steps} > ${before + 30}`);
    await press("run");
    await paused();
    const stopped = await run(steps);
    await press("step");
    await until(`${steps} === ${Number(stopped) + 1}`);

    await press("over");
    await until(`${at("status")}.textContent === "not trained yet"`);
    await change("steps", 10);
    await press("run");
    await until(`${at("status")}.textContent.startsWith("step 10: done")`);
    await paused();
    expect(await run(`${at("problem")}.hidden`)).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("learns what is drawn, with keys too, and says what is wrong", async (test) => {
    await open(test);
    await press("clear");
    expect(await text("count")).toBe("0 points");
    await press("run");
    await until(`/^There is no point/.test(${at("problem")}.textContent)`);
    await paused();
    const empty = await drawn();
    for (const name of [" ", "ArrowRight", " ", "ArrowUp", " "]) await key(name);
    expect(await text("count")).toBe("24 points");
    await untilOther(empty);
    await press("step");
    await until(`${steps} === 1`);
    await change("brush", "erase");
    await change("width", 1.2);
    await key(" ");
    expect(await text("count")).toBe("0 points");

    await change("penalty", -1);
    expect(await text("problem")).toMatch(/^Gradient penalty: /);
    for (const width of [360, 1280]) {
      expect(await page.widthAt(width)).toBe(width);
    }
    expect(complaints).toEqual([]);
  });
});
