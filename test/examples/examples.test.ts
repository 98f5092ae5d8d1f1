// The examples, run as their readers run them, with fewer steps.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodePNG, LanguageModel } from "../../src/entries/node.js";
import { useChromium } from "../browser/chromium.js";
import { had, vite } from "../packages/bundlers.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried, root } from "../runtimes/lib/platform.js";
import { run, start, within } from "../runtimes/lib/processes.js";
import { model } from "../serve/help.js";
import { copyExample, LIMIT } from "./project.js";
import { sampling, speaks } from "./speaks.js";

let folder: string;
let remove = () => {};
const chromium = useChromium();

beforeAll(async () => {
  ({ folder, remove } = await installedProject());
  for (const name of [
    "browser",
    "vite",
    "deno",
    "bun",
    "pairs",
    "pytorch",
    "names.mjs",
    "records.mjs",
    "daily",
    "faces.mjs",
    "faces-gan.mjs",
    "faces-diffusion.mjs",
  ]) {
    copyExample(name, folder);
  }
  writeFileSync(join(folder, "model.safetensors"), model.save());
}, LIMIT);
afterAll(() => remove());

/** A server of an example, while `visit` is there. */
async function served(
  program: string,
  args: readonly string[],
  visit: (address: string) => Promise<void>,
  cwd = folder,
): Promise<void> {
  const env = { PORT: "0", STEPS: "20" };
  const server = start(program, [...args], { cwd, env } as object);
  try {
    const [address] = await within(LIMIT, server.said(/http:\/\/127\.0\.0\.1:\d+/));
    await visit(address);
  } finally {
    await server.stop();
  }
}

it("browser: trains in a worker, draws the loss, streams text", async (test) => {
  await served(process.execPath, ["browser/server.mjs"], async (address) => {
    const page = await chromium.open(test, address);
    const at = (id: string) => `document.getElementById("${id}")`;
    await page.evaluate(`${at("steps")}.value = 30; ${at("train")}.click()`);
    const ended = `/weights [0-9a-f]{12}$/.test(${at("status")}.textContent)`;
    await page.waitForFunction(ended, { timeout: LIMIT });
    const points = `document.querySelector("polyline").getAttribute("points").split(" ").length`;
    await page.waitForFunction(`${points} === 30`, { timeout: LIMIT });
    await page.evaluate(`${at("write")}.click()`);
    const long = `${at("output")}.textContent.length === 404`;
    await page.waitForFunction(long, { timeout: LIMIT });
    expect(await page.evaluate(`${at("output")}.textContent`)).toMatch(/^The /);
    // Stopping leaves a model that writes.
    await page.evaluate(`${at("steps")}.value = 100000; ${at("train")}.click()`);
    await page.waitForFunction(`/^step ([2-9]|\\d\\d+) of/.test(${at("status")}.textContent)`, {
      timeout: LIMIT,
    });
    await page.evaluate(`${at("stop")}.click()`);
    await page.waitForFunction(`!${at("write")}.disabled && !${at("save")}.hidden`, {
      timeout: LIMIT,
    });
  });
});

it("browser: a Transformer and what it attends to", async (test) => {
  await served(process.execPath, ["browser/server.mjs"], async (address) => {
    const page = await chromium.open(test, `${address}/transformer.html`);
    const at = (id: string) => `document.getElementById("${id}")`;
    const until = (condition: string) => page.waitForFunction(condition, { timeout: LIMIT });
    const change = (id: string, value: string, event: string) =>
      page.evaluate(`${at(id)}.value = "${value}"; ${at(id)}.dispatchEvent(new Event("${event}"))`);
    await until(`${at("corpus")}.value.length > 1000`);
    await change("choice", "chinese", "change");
    expect(await page.evaluate(`${at("said")}.value`)).toMatch(/^今天的天气/);
    await page.evaluate(`${at("steps")}.value = 100000; ${at("train")}.click()`);
    await until(`/^step ([2-9]|\\d\\d+) of/.test(${at("status")}.textContent)`);
    // A map for each head, and a bar for each token.
    expect(await page.evaluate(`document.querySelectorAll("#heads canvas").length`)).toBe(12);
    await page.evaluate(`${at("stop")}.click()`);
    await until(`${at("train")}.textContent === "Resume" && !${at("train")}.hidden`);
    const stopped = `Number(/^step (\\d+)/.exec(${at("status")}.textContent)[1])`;
    const step = (await page.evaluate(stopped)) as number;
    await page.evaluate(`${at("train")}.click()`);
    await until(`${stopped} > ${step}`);
    expect(await page.evaluate(stopped)).toBeLessThan(step + 100);
    await page.evaluate(`${at("stop")}.click()`);
    await until(`!${at("save")}.hidden`);

    await change("said", "今天天气", "input");
    await until(`document.querySelectorAll("#tokens label").length === 4`);
    await page.evaluate(`document.querySelectorAll("#tokens input")[1].click()`);
    const caption = () => page.evaluate(`${at("caption")}.textContent`);
    expect(await caption()).toMatch(/^Layer 3, head 1: “天” attends to “[今天]” \d+\s%/);
    await page.evaluate(`document.querySelectorAll("#heads input")[5].click()`);
    expect(await caption()).toMatch(/^Layer 2, head 2: “天” attends to/);
    await change("said", "Q", "input");
    await until(`/"Q".*vocabulary/.test(${at("problem")}.textContent) && !${at("problem")}.hidden`);
    await change("said", "天", "input");
    await until(`${at("problem")}.hidden`);
  });
});

it("browser: names", async (test) => {
  await served(process.execPath, ["browser/server.mjs"], async (address) => {
    const page = await chromium.open(test, `${address}/names.html`);
    const at = (id: string) => `document.getElementById("${id}")`;
    const until = (condition: string) => page.waitForFunction(condition, { timeout: LIMIT });
    const list = "rose\\nlily\\niris\\npoppy";
    await until(`${at("count")}.textContent > 100`);
    await page.evaluate(
      `${at("names")}.value = "${list}"; ${at("names")}.dispatchEvent(new Event("input"))`,
    );
    expect(await page.evaluate(`${at("count")}.textContent`)).toBe("4");
    const invented = `Array.from(${at("invented")}.children, (item) => item.textContent)`;
    expect(await page.evaluate(`${at("steps")}.value`)).toBe("300");
    await page.evaluate(`globalThis.said = [];
      new MutationObserver(() => said.push(${at("status")}.textContent))
        .observe(${at("status")}, { childList: true });
      ${at("steps")}.value = 150; ${at("train")}.click()`);
    await until(
      `/weights [0-9a-f]{12}$/.test(${at("status")}.textContent) && !${at("invent")}.disabled`,
    );
    expect(await page.evaluate(`said.some((text) => /, .* left$/.test(text))`)).toBe(true);
    // It knows its four names by heart, and none of them is new.
    expect(await page.evaluate(`${at("note")}.textContent`)).toMatch(/^\d+ of \d+ .* left out\.$/);
    const names = (await page.evaluate(invented)) as string[];
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toEqual(expect.arrayContaining(["rose"]));
    await page.evaluate(`${at("prompt")}.value = "li"; ${at("invent")}.click()`);
    await until(`!${at("invent")}.disabled && ${invented}.every((name) => name.startsWith("li"))`);
    await page.evaluate(`${at("prompt")}.value = "Q"; ${at("invent")}.click()`);
    await until(`/"Q"/.test(${at("problem")}.textContent)`);

    // A model that was trained elsewhere, beside the page.
    const corpus = ["rose", "lily", "iris", "poppy"];
    const flowers = await LanguageModel.create({ corpus, hidden: 8 });
    await flowers.fit(corpus, { steps: 7 });
    writeFileSync(join(folder, "browser", "flowers.safetensors"), flowers.save());
    await page.goto(`${address}/names.html?model=flowers.safetensors`);
    await until(`/^flowers.safetensors: 7 steps/.test(${at("status")}.textContent)`);
    await until(`${invented}.length === 24 && !${at("invent")}.disabled`);
    writeFileSync(join(folder, "browser", "text.safetensors"), model.save());
    for (const [file, reason] of [
      ["text.safetensors", "learned one text"],
      ["none.safetensors", "404"],
    ]) {
      await page.goto(`${address}/names.html?model=${file}`);
      await until(`${at("problem")}.textContent.startsWith("${file}: ")`);
      expect(await page.evaluate(`${at("problem")}.textContent`)).toContain(reason);
    }
  });
});

it("pytorch: weights and a vocabulary of PyTorch", async () => {
  const golden = join(root, "test", "golden");
  const { vocabulary, likely } = JSON.parse(readFileSync(join(golden, "foreign.json"), "utf8"));
  writeFileSync(join(folder, "vocabulary.json"), JSON.stringify(vocabulary));
  for (const kind of ["lstm", "transformer"]) {
    const weights = readFileSync(join(golden, `foreign_${kind}.safetensors`));
    writeFileSync(join(folder, "weights.safetensors"), weights);
    const options = { cwd: folder, limit: LIMIT } as never;
    const said = await run(process.execPath, ["pytorch/names.mjs", kind], options);
    const first = Math.max(...likely[kind][0]);
    expect(said).toContain(
      `first: ${vocabulary[likely[kind][0].indexOf(first)]} ${first.toFixed(5)}`,
    );
    const saved = await LanguageModel.load(readFileSync(join(folder, "names.safetensors")));
    expect(saved.config.network).toBe(kind);
  }
});

it("names: of a file, or the capitals", async () => {
  const env = { STEPS: "5" };
  const options = { cwd: folder, limit: LIMIT, env } as never;
  expect(await run(process.execPath, ["names.mjs"], options)).toMatch(
    /^168 names, .*new names:\n/s,
  );
  writeFileSync(join(folder, "few.txt"), "rose\r\n\r\nlily\r\niris\r\npoppy\r\nviolet\r\n");
  expect(await run(process.execPath, ["names.mjs", "few.txt"], options)).toMatch(
    /^5 names, [\s\S]*step 5: loss [\d.]+, validation [\d.]+\n/,
  );
});

it("records: all of them keep to the schema", async () => {
  const options = { cwd: folder, limit: LIMIT, env: { STEPS: "20" } } as never;
  const said = await run(process.execPath, ["records.mjs"], options);
  expect(said).toMatch(
    /^168 records, step 20: loss [\d.]+\nwithout the schema \d+ of 12 are JSON\n/,
  );
  expect(said.match(/'(editor|nurse|pilot|potter)'/g)).toHaveLength(12);
});

it(
  "daily: a level of the day by its link, and a server that verifies solutions",
  async () => {
    const options = { cwd: folder, limit: LIMIT, env: { STEPS: "150", SOLUTION: "1" } } as never;
    const say = (what: string) => run(process.execPath, ["daily/daily.mjs", what], options);
    const said = await say("2026-12-24");
    const [, level, link, moves] =
      /((?:[# @$.*+]{8}\n){8})\nlink: ([\w-]+)\n.*\nsolution: (\w+)/.exec(said)!;
    expect(await say(link)).toBe(said.slice(said.indexOf(level)));
    await served(process.execPath, ["daily/server.mjs"], async (address) => {
      const { link: today } = await (await fetch(`${address}/today`)).json();
      expect(today).toMatch(/^[\w-]{20,40}$/);
      const post = async (body: object) => {
        const answer = await fetch(`${address}/solved`, {
          method: "POST",
          body: JSON.stringify(body),
        });
        return answer.json();
      };
      expect(await post({ link, level, moves })).toMatchObject({ verified: true });
      expect(await post({ link, level, moves: "l" })).toMatchObject({ verified: false });
      const changed = level.replace(/[$*]/, " ");
      expect(await post({ link, level: changed, moves })).toMatchObject({ verified: false });
      expect(await post({ link: `${link}A`, level, moves })).toMatchObject({
        error: expect.stringContaining("no link to a level"),
      });
    });
  },
  3 * LIMIT,
); // It trains three times.

it("faces: PNG files of samples, reconstructions and ways", async () => {
  const options = { cwd: folder, limit: LIMIT, env: { STEPS: "5" } } as never;
  expect(await run(process.execPath, ["faces.mjs"], options)).toMatch(
    /^1800 faces, .*step 5: loss [\d.]+ .*not seen: -[\d.]+ nats/s,
  );
  const sides = { samples: [540, 540], reconstructions: [1084, 132], interpolations: [540, 268] };
  for (const [name, [width, height]] of Object.entries(sides)) {
    const picture = await decodePNG(readFileSync(join(folder, `${name}.png`)));
    expect(picture).toMatchObject({ width, height });
  }
});

it("faces by a GAN: PNG files of samples, ways, arithmetic and nearest neighbours", async () => {
  const options = { cwd: folder, limit: LIMIT, env: { STEPS: "5" } } as never;
  expect(await run(process.execPath, ["faces-gan.mjs"], options)).toMatch(
    /^2000 faces, .*step 5: losses [\d.-]+ and [\d.-]+, right on \d+ % of real/s,
  );
  const sides = { samples: 540, interpolations: 540, sunglasses: 1084, nearest: 1084 };
  for (const [name, width] of Object.entries(sides)) {
    const picture = await decodePNG(readFileSync(join(folder, `${name}.png`)));
    expect(picture).toMatchObject({ width });
  }
});

it("faces by diffusion: PNG files of faces emerging, hats, faces with other hats and variations", async () => {
  const options = { cwd: folder, limit: LIMIT, env: { STEPS: "5" } } as never;
  expect(await run(process.execPath, ["faces-diffusion.mjs"], options)).toMatch(
    /^2000 faces, .*step 5: loss [\d.]+, \d+ s\n.*emerging\.png/s,
  );
  const sides = { emerging: 404, hats: 336, "other-hats": 268, alike: 200 };
  for (const [name, height] of Object.entries(sides)) {
    const picture = await decodePNG(readFileSync(join(folder, `${name}.png`)));
    expect(picture).toMatchObject({ width: 540, height });
  }
});

it("vite: a project without settings", async (test) => {
  const script = had(test, vite);
  const args = [script, "--host=127.0.0.1", "--port=0"];
  const cwd = join(folder, "vite");
  await run(process.execPath, [script, "build"], { cwd, limit: LIMIT });
  for (const command of [args, [script, "preview", ...args.slice(1)]]) {
    await served(
      process.execPath,
      command,
      async (address) => {
        const page = await chromium.open(test, address);
        await page.waitForFunction(`document.querySelectorAll("li").length === 12`, {
          timeout: LIMIT,
        });
        expect(await page.evaluate(`document.querySelector("#status").textContent`)).toMatch(
          /^step 150 of 150, loss \d\.\d{3}$/,
        );
      },
      cwd,
    );
  }
});

// Those whose data come from packages of their own are not run here.
for (const [name, line] of [
  ["addition", /^123\+456 → /m],
  ["dates", /^July 20, 1987 → /m],
  ["dialogue", /^你是谁？ → [\s\S]*你喜欢晚安吗？ is en [\d.]+ %, zh [\d.]+ %$/m],
] as const) {
  it(`pairs: ${name}`, async () => {
    const env = { STEPS: "5" };
    const args = [`pairs/${name}.mjs`];
    const output = await run(process.execPath, args, { cwd: folder, limit: LIMIT, env } as never);
    expect(output).toMatch(/^step 5: loss [\d.]+, validation [\d.]+, [\d.]+ % exact/m);
    expect(output).toMatch(line);
  });
}

it("deno: a script", async (test) => {
  const deno = had(test, () => carried("deno", "deno"));
  const args = ["run", "--allow-read", "--allow-env", "deno/dream.ts"];
  const output = await run(deno, args, {
    cwd: folder,
    limit: LIMIT,
    env: { STEPS: "20" },
  } as never);
  expect(output).toHaveLength(301);
});

it("deno: a server", async (test) => {
  const deno = had(test, () => carried("deno", "deno"));
  const rights = ["--allow-read", "--allow-env", "--allow-net"];
  const args = ["run", ...rights, "deno/server.ts", "model.safetensors"];
  await served(deno, args, async (address) => {
    expect(await speaks(address, "the cat")).toBe(model.generate(sampling("the cat")).text);
  });
});

it("bun: a server", async (test) => {
  const bun = had(test, () => carried("bun", "bin", "bun.exe"));
  await served(bun, ["bun/server.ts", "model.safetensors"], async (address) => {
    expect(await speaks(address, "the cat")).toBe(model.generate(sampling("the cat")).text);
  });
  // Without a file it trains a model first.
  await served(bun, ["bun/server.ts"], async (address) => {
    expect(await speaks(address, "The")).toHaveLength(60);
  });
});
