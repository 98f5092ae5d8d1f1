// The example page with a network of one's own, in Chromium: it has the weights of Node.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../runtimes/lib/platform.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("own-network.html");
const STEPS = 40;

/** The same model and steps in Node. */
function inNode(): string {
  const folder = mkdtempSync(join(tmpdir(), "simdream-own-"));
  try {
    cpSync(join(root, "examples", "browser", "mixture.js"), join(folder, "mixture.js"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "simdream"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const source = `
      import { inverseSine, Mixture } from "./mixture.js";
      const model = await Mixture.create({ hidden: 32, bells: 5, seed: 1 });
      await model.fit(inverseSine(1000), {
        steps: ${STEPS}, batch: 64, lr: 5e-3, schedule: "cosine", val: 0.1 });
      console.log(model.fingerprint().slice(0, 12));`;
    const args = ["--input-type=module", "--eval", source];
    return execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it("trains to the weights of Node, draws what it learned, stops and saves", async (test) => {
  await page.open(test, `${at("plane")}.width > 300`);
  const before = await page.drawn("plane");
  await page.change("steps", STEPS);
  await page.press("train");
  await page.trained();
  const said = String(await page.text("status"));
  expect(said).toMatch(new RegExp(`^step ${STEPS} of ${STEPS}, loss .* weights ${inNode()}$`));
  await page.untilOther("plane", before);
  await page.save();
  expect(await page.run("globalThis.saved.size")).toBeGreaterThan(1000);

  await page.change("steps", 100000);
  await page.press("train");
  await page.until(`/^step [1-9]\\d+ of/.test(${at("status")}.textContent)`);
  await page.press("stop");
  await page.until(`!${at("train")}.hidden`);
  expect(await page.run(`${at("problem")}.hidden`)).toBe(true);

  await page.change("bells", "");
  await page.press("train");
  expect(await page.complaint()).toMatch(/bells must be a number/);
  for (const width of [360, 1280]) expect(await page.widthAt(width)).toBe(width);
  expect(page.complaints).toEqual([]);
});
