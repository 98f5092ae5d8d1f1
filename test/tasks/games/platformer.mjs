// The platformer's levels and its page: how many levels can be finished with and without the check, how much is copied, and a
// minute of play in Chromium while levels are made.
//
//   node test/tasks/games/platformer.mjs out [--levels 40] [--seconds 60]
//
// Writes levels.txt, pictures of the page, and what was measured (result.json).

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copied, diversity, platformerPath } from "../../../dist/game.js";
import { GridModel } from "../../../dist/node.js";
import { botRun } from "../../../examples/games/platformer/bot.js";
import { drawLevels } from "../../../examples/games/platformer/generator.js";
import {
  drawOnce,
  firstPlace,
  makeLevel,
  nextPlace,
} from "../../../examples/games/platformer/levels.js";
import { way } from "../../../examples/games/platformer/rules.js";
import { newWorld, step } from "../../../examples/games/platformer/world.js";
import { browsers } from "../../runtimes/lib/browsers.js";
import { root } from "../../runtimes/lib/platform.js";
import { serve } from "../../runtimes/lib/server.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    levels: { type: "string", default: "40" },
    seconds: { type: "string", default: "60" },
  },
});
const [out = "out"] = positionals;
mkdirSync(out, { recursive: true });
const game = join(root, "examples", "games", "platformer");

const levels = await measureLevels(Number(values.levels));
const page = await measurePage(Number(values.seconds));
const result = { levels, page };
writeFileSync(join(out, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(JSON.stringify(result, undefined, 2));

/** Whether the program finishes a level, unhurt, along a way that the checker found. */
function finishes(text) {
  const { reached, path } = way(text, platformerPath);
  const inputs = reached && botRun(newWorld(text), path, 60_000);
  if (!inputs) return false;
  const world = newWorld(text);
  for (const input of inputs) step(world, input);
  return world.won;
}

async function measureLevels(count) {
  const model = await GridModel.load(readFileSync(join(game, "levels.safetensors")));
  const training = drawLevels(300, 1, (text) => way(text, platformerPath).reached);
  const texts = [];
  const lines = [];
  let [atOnce, finished, draws, slowest] = [0, 0, 0, 0];
  let place = firstPlace(1000);
  for (let i = 0; i < count; i++, place = nextPlace(place)) {
    if (way(await drawOnce(model, place), platformerPath).reached) atOnce++;
    const begin = performance.now();
    const { text, tries } = await makeLevel(model, place, platformerPath);
    slowest = Math.max(slowest, performance.now() - begin);
    draws += tries;
    const done = finishes(text);
    if (done) finished++;
    texts.push(text);
    lines.push(
      `; ${JSON.stringify(place)}, drawn ${tries} times, ${done ? "finished" : "not finished"}`,
      text,
      "",
    );
  }
  writeFileSync(join(out, "levels.txt"), lines.join("\n"));
  const learned = training.map(({ text }) => text);
  const others = drawLevels(count, 999, (text) => way(text, platformerPath).reached).map(
    ({ text }) => text,
  );
  const likeness = (some) => {
    const { share, longest, same } = copied(some, learned, { window: 10 });
    return { copied: share, longest, same: same.length };
  };
  return {
    count,
    playableAtOnce: atOnce / count,
    finishedWithCheck: finished / count,
    draws: draws / count,
    slowestMs: Math.round(slowest),
    ...likeness(texts),
    diversity: diversity(texts.map((text) => text.replace(/.+/g, (row) => row.slice(0, 100)))),
    /** Levels of the generator that were not learned, to compare. */
    generator: likeness(others),
  };
}

async function measurePage(seconds) {
  const folder = mkdtempSync(join(tmpdir(), "simdream-platformer-"));
  cpSync(game, folder, { recursive: true });
  cpSync(join(root, "dist"), join(folder, "simdream"), { recursive: true });
  const server = await serve(folder);
  const browser = await browsers.Chromium();
  const errors = [];
  try {
    const page = await browser.open("about:blank");
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (said) => said.type() === "error" && errors.push(said.text()));
    const shot = (name) => page.screenshot({ path: join(out, `${name}.png`) });
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`${server.address}/index.html`);
    await wait(6000);
    await shot("title");
    await page.goto(`${server.address}/index.html?watch&seed=5`);
    await page.evaluate(`{
      globalThis.frames = [];
      let last = performance.now();
      const frame = (now) => { frames.push(now - last); last = now; requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
    }`);
    const begin = performance.now();
    for (let i = 1; performance.now() - begin < seconds * 1000; i++) {
      await wait((seconds * 1000) / 6);
      await shot(`play-${i}`);
    }
    const frames = (await page.evaluate("frames.slice(5)")).sort((a, b) => a - b);
    const level = Number(await page.evaluate("document.body.dataset.level"));
    await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
    await wait(1500);
    await shot("phone");
    await page.goto(`${server.address}/index.html`);
    await wait(6000);
    await shot("phone-title");
    const at = (share) => Math.round(10 * frames[Math.floor(share * (frames.length - 1))]) / 10;
    const under20 = frames.filter((one) => one < 20).length / frames.length;
    return {
      seconds,
      frames: frames.length,
      medianMs: at(0.5),
      p95Ms: at(0.95),
      worstMs: at(1),
      under20,
      level,
      errors,
    };
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
