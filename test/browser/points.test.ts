// The example page with a GAN of points in the plane, in Chromium.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../runtimes/lib/platform.js";
import { serve } from "../runtimes/lib/server.js";
import { LIMIT, type Page, useChromium } from "./chromium.js";

const chromium = useChromium();
const folder = mkdtempSync(join(tmpdir(), "simdream-points-"));
let server: Awaited<ReturnType<typeof serve>>;
let page: Page | undefined;
/** What the browser complains of. */
let complaints: string[];

beforeAll(async () => {
  cpSync(join(root, "examples", "browser"), folder, { recursive: true });
  cpSync(join(root, "dist"), join(folder, "simdream"), { recursive: true });
  server = await serve(folder);
});
afterEach(async () => {
  await page?.close();
  page = undefined;
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (id: string) => `document.getElementById("${id}")`;
const run = (expression: string) => page!.evaluate(expression);
const until = (condition: string) => page!.waitForFunction(condition, { timeout: LIMIT });
const press = (id: string) => run(`${at(id)}.click()`);
const drawn = () => run(`${at("plane")}.toDataURL()`) as Promise<string>;
const untilOther = (before: string) => until(`${at("plane")}.toDataURL() !== "${before}"`);
const text = (id: string) => run(`${at(id)}.textContent`);
const change = (id: string, value: string | number) =>
  run(`${at(id)}.value = "${value}";
    ${at(id)}.dispatchEvent(new Event("change", { bubbles: true }))`);
const key = (name: string) =>
  run(`${at("paper")}.dispatchEvent(new KeyboardEvent("keydown", { key: "${name}" }))`);
/** Steps that have been taken. */
const steps = `Number(/^step ([\\d,]+)/.exec(${at("status")}.textContent)?.[1].replace(",", "") ?? 0)`;
const paused = () => until(`${at("run")}.textContent === "Run" && !${at("step")}.disabled`);

async function open(test: Parameters<typeof chromium.open>[0]): Promise<void> {
  page = await chromium.open(test, "about:blank");
  complaints = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (said) => {
    if (said.type() === "error") complaints.push(said.text());
  });
  await page.goto(`${server.address}/points.html`);
  await until(`${at("count")}.textContent === "2,000 points"`);
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
      await page!.setViewport({ width, height: 700 });
      expect(await run("document.documentElement.scrollWidth")).toBe(width);
    }
    expect(complaints).toEqual([]);
  });
});
