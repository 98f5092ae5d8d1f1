// The example page that learns pictures, in Chromium.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../runtimes/lib/platform.js";
import { serve } from "../runtimes/lib/server.js";
import { LIMIT, type Page, useChromium } from "./chromium.js";

const chromium = useChromium();
const folder = mkdtempSync(join(tmpdir(), "simdream-pictures-"));
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
const drawn = (id: string) => run(`${at(id)}.toDataURL()`) as Promise<string>;
const text = (id: string) => run(`${at(id)}.textContent`);
const change = (id: string, value: string | number, event = "change") =>
  run(`${at(id)}.value = "${value}"; ${at(id)}.dispatchEvent(new Event("${event}"))`);
const trained = () => until(`/weights [0-9a-f]{12}$/.test(${at("status")}.textContent)`);
const untilOther = (id: string, before: string) => until(`${at(id)}.toDataURL() !== "${before}"`);
const complaint = () => until(`!${at("problem")}.hidden`).then(() => text("problem"));

async function open(test: Parameters<typeof chromium.open>[0]): Promise<void> {
  page = await chromium.open(test, "about:blank");
  complaints = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (said) => {
    if (said.type() === "error") complaints.push(said.text());
  });
  await page.goto(`${server.address}/pictures.html`);
  await until(`${at("gallery")}.width > 300`);
}

/** PNG files of these sides, each in a colour of its own, dropped on the page or chosen in an input. */
const filesOf = (...sides: number[]) => `(async () => {
  const carried = new DataTransfer();
  for (const [i, side] of ${JSON.stringify(sides)}.entries()) {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d");
    context.fillStyle = ["#d1495b", "#3d6fb4", "#4f9d69"][i];
    context.fillRect(0, 0, side, side / 2);
    carried.items.add(new File([await canvas.convertToBlob()], "picture" + i + ".png"));
  }
  return carried;
})()`;
const drop = (...sides: number[]) =>
  run(`${filesOf(...sides)}.then((dataTransfer) => {
    const options = { dataTransfer, bubbles: true, cancelable: true };
    document.querySelector("main").dispatchEvent(new DragEvent("drop", options));
  })`);

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

    await run(`globalThis.make = URL.createObjectURL;
      URL.createObjectURL = (blob) => make(globalThis.saved = blob)`);
    await press("save");
    await until("globalThis.saved");
    const opened = (file: string) =>
      run(`{ const carried = new DataTransfer();
        carried.items.add(${file});
        ${at("model")}.files = carried.files;
        ${at("model")}.dispatchEvent(new Event("change")); }`);
    await opened(`new File([saved], "faces.safetensors")`);
    await until(`/^faces.safetensors: [\\d,]+ steps$/.test(${at("status")}.textContent)`);
    await opened(`new File(["no model"], "no.safetensors")`);
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
    await run(`${at("paper")}.dispatchEvent(new KeyboardEvent("keydown", { key: " " }))`);
    expect(await drawn("canvas")).not.toBe(empty);
    await press("add");
    await until(`${at("count")}.textContent === "3 pictures of 16 × 16 pixels"`);
    await change("steps", 5);
    await press("train");
    await trained();
    await until(`${at("reconstruction")}.width === 16`);
    await page!.setViewport({ width: 360, height: 700 });
    expect(await run("document.documentElement.scrollWidth")).toBe(360);
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

    await run(`globalThis.make = URL.createObjectURL;
      URL.createObjectURL = (blob) => make(globalThis.saved = blob)`);
    await press("save");
    await until("globalThis.saved");
    await run(`{ const carried = new DataTransfer();
      carried.items.add(new File([saved], "gan.safetensors"));
      ${at("model")}.files = carried.files;
      ${at("model")}.dispatchEvent(new Event("change")); }`);
    await until(`${at("status")}.textContent === "gan.safetensors: 3 steps"`);
    await page!.setViewport({ width: 360, height: 700 });
    expect(await run("document.documentElement.scrollWidth")).toBe(360);
    expect(complaints).toEqual([]);
  });
});
