// The dungeon's rooms and its page: how many rooms can be solved with and without rules, how much is copied (look.mjs beside the
// game prints that), and a minute of play in Chromium while rooms and heroes are made.
//
//   node test/tasks/games/dungeon.mjs out [--seconds 60]
//
// Writes pictures of the page, and what was measured (result.json).

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { browsers } from "../../runtimes/lib/browsers.js";
import { root } from "../../runtimes/lib/platform.js";
import { serve } from "../../runtimes/lib/server.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "60" } },
});
const [out = "out"] = positionals;
const seconds = Number(values.seconds);
mkdirSync(out, { recursive: true });
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const folder = mkdtempSync(join(tmpdir(), "simdream-dungeon-"));
cpSync(join(root, "examples", "games", "dungeon"), folder, { recursive: true });
cpSync(join(root, "dist"), join(folder, "simdream"), { recursive: true });
const server = await serve(folder, { "Content-Security-Policy": POLICY });
const browser = await browsers.Chromium();
const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844, isMobile: true, hasTouch: true },
};
/** Seconds in which pictures are taken: frames stand still meanwhile, so they are measured afterwards. */
const PICTURES = 25;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
try {
  const result = {};
  for (const [name, size] of Object.entries(sizes)) {
    const shown = await played(size, PICTURES, takePicture);
    result[name] = await played(size, seconds / 2, () => {});
    result[name].errors.push(...shown.errors);
  }
  writeFileSync(join(out, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(JSON.stringify(result, undefined, 2));
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A picture of each screen and room when it is first there. */
async function takePicture(page, width, taken) {
  const { screen, number } = await page.evaluate(
    "({ screen: document.body.dataset.screen, number: document.getElementById('play').dataset.number })",
  );
  const name = screen === "play" ? `room${number}` : screen;
  if (taken.has(name)) return;
  taken.add(name);
  await wait(350);
  await page.screenshot({ path: join(out, `${name}-${width}.png`) });
}

/** A program plays in a window of a size, from nothing. */
async function played(size, time, look) {
  const errors = [];
  const page = await browser.open("about:blank");
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (said) => said.type() === "error" && errors.push(said.text()));
  await page.setViewport(size);
  await page.goto(`${server.address}/index.html`);
  await page.evaluate("localStorage.clear()");
  await page.goto(`${server.address}/index.html`);
  await wait(1500);
  await page.evaluate(`import("./bot.js").then(({ startBot }) => {
    globalThis.bot = startBot();
  })`);
  const taken = new Set();
  for (const begin = performance.now(); performance.now() - begin < time * 1000; ) {
    await wait(250);
    await look(page, size.width, taken);
  }
  const { solved, days, frames } = await page.evaluate(
    "(bot.stop(), { solved: bot.solved, days: bot.days, frames: bot.frames })",
  );
  await page.close();
  frames.sort((a, b) => a - b);
  const at = (share) => Math.round(10 * frames[Math.floor(share * (frames.length - 1))]) / 10;
  return {
    ...{ seconds: time, solved, days, errors, frames: frames.length },
    ...{ medianMs: at(0.5), p95Ms: at(0.95), worstMs: at(1) },
    under20: frames.filter((ms) => ms < 20).length / frames.length,
  };
}
