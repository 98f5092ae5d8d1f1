// A diffusion that is asked in words on the command line: trained on captions, and prompts for every command that makes pictures.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused, picture, run } = inFolder(() => cwd);
const small = "--model diffusion --channels 4 --levels 2 --text-width 16 --text-layers 1 --seed 3";
const trained = `train faces --captions said.tsv --tokenizer char ${small} --batch 16`;
const few = "--sampling-steps 2 --seed 1";

/** Words of a command line are apart by spaces, so those of a prompt are by another one. */
const red = "a\u00a0crown";

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "faces"));
  mkdirSync(join(cwd, "named"));
  const set = new ImageSet(drawFaces({ count: 32, seed: 5 }));
  const { classes, indices } = set.label("hat");
  const lines: string[] = [];
  for (let i = 0; i < set.length; i++) {
    const bytes = await set.toPNG(i);
    const hat = classes[indices[i]];
    writeFileSync(join(cwd, "faces", `${i}.png`), bytes);
    writeFileSync(join(cwd, "named", `${hat}_hat-${i}.png`), bytes);
    lines.push(`${i}.png\ta\u00a0${hat}\t帽子：${hat}`);
  }
  writeFileSync(join(cwd, "said.tsv"), lines.join("\n"));
  writeFileSync(join(cwd, "few.tsv"), lines.slice(0, 25).join("\n"));
  const said = lines.map((line) => line.split("\t"));
  writeFileSync(
    join(cwd, "said.json"),
    JSON.stringify(Object.fromEntries(said.map(([name, ...own]) => [name, own]))),
  );
  const { stdout } = await done(`${trained} --steps 4 --out d.safetensors`);
  expect(stdout).toContain("32 pictures of 16 × 16, RGB, with 64 captions");
  expect(stdout).toMatch(/^rows {3}a.\w+\n {7}帽子：\w+\n {7}a.\w+\n {7}帽子：\w+$/m);
  expect(stdout).toMatch(/generate d.safetensors --prompt '?a.\w+'? --samples 16 --out grid.png/);
  await done(`train faces ${small} --steps 1 --out n.safetensors`.replace(/ --text-\w+ \d+/g, ""));
});

test("captions are read from lines, JSON and names, and again to resume", async () => {
  const of = `${trained} --preview-every 0 --caption-dropout 0.3 --shards 2`;
  const whole = await json(`${of} --steps 4 --out w.safetensors`);
  const same = await json(`${of.replace("tsv", "json")} --steps 4 --out j.safetensors`);
  expect(same.fingerprint).toBe(whole.fingerprint);
  await json(`${of} --steps 2 --keep-state --out h.safetensors`);
  const on = "train faces --resume h.safetensors --steps 4";
  await refused(2, "h.safetensors learned captions: give --captions", on);
  const contrary = `${on} --captions said.tsv --caption-dropout 0.2`;
  await refused(2, "--caption-dropout 0.2 contradicts h.safetensors", contrary);
  await refused(2, "--text-width 8 contradicts", `${on} --captions said.tsv --text-width 8`);
  const resumed = await json(`${on} --captions said.tsv --workers 1`);
  expect(resumed.fingerprint).toBe(whole.fingerprint);
  const named = `train named --names-as-captions ${small} --steps 1 --out na.safetensors`;
  const { stdout } = await done(named);
  expect(stdout).toContain("with 32 captions");
  expect(stdout).toMatch(/--prompt '\w+ hat \d+'/);
});

test("names of no picture are told, and what is too long by its picture", async () => {
  const of = `${trained} --preview-every 0 --steps 1 --out x.safetensors`;
  const lines = readFileSync(join(cwd, "said.tsv"), "utf8");
  writeFileSync(join(cwd, "more.tsv"), `file\tcaption\n${lines}\n40.png\tx\n`);
  const { code, stderr } = await run(of.replace("said", "more"));
  expect(code).toBe(0);
  expect(stderr).toContain('more.tsv: 2 names that are of no picture here: "file", "40.png"');
  await refused(
    1,
    /a caption of "\d+\.png" has \d+ tokens, the model reads at most 2; .* larger --text-context/,
    `${of} --text-context 2`,
  );
  writeFileSync(join(cwd, "long.tsv"), `${lines}\n3.png\t${"long ".repeat(1000)}\n`);
  await refused(
    1,
    /the caption "long .* has 4999 tokens, a model reads at most 4096/,
    of.replace("said", "long"),
  );
});

test("prompts are rows, each as it is alone", async () => {
  const all = `generate d.safetensors --samples 3 ${few}`;
  const both = await json(`${all} --prompt ${red} --prompt 帽子：cap --out both.png`);
  expect(both).toMatchObject({ samples: 3, prompts: [red, "帽子：cap"] });
  expect(picture("both.png")).toMatchObject({ width: 4 * (3 * 17 - 1), height: 4 * (2 * 17 - 1) });
  await json(`${all} --prompt ${red} --columns 3 --out first.png`);
  const [two, first] = [picture("both.png").data, picture("first.png").data];
  expect(two.slice(0, first.length)).toEqual(first);
  const prints = new Set<unknown>();
  for (const how of [
    ...["", `--prompt ${red}`, `--prompt ${red} --guidance 1`, `--prompt ${red} --negative cap`],
    ...["--negative cap", `--prompt ${red} --guidance 0`],
  ]) {
    const made = await json(`${all} ${how} --out x.png`.replace("  ", " "));
    prints.add(Buffer.from(picture("x.png").data).toString("base64"));
    expect(made.samples).toBe(3);
  }
  // Guidance 0 leaves the prompt out.
  expect(prints.size).toBe(5);
  const same = await json(`${all} --prompt ${red} --guidance 3 --out y.png`);
  expect(same.fingerprint).toBe((await json(`${all} --prompt ${red} --out z.png`)).fingerprint);
  await done(`${all} --prompt ${red}QZ --unknown skip --out x.png`);
  await done(`${all} --prompt \u00a0 --out x.png`);
});

test("other commands take prompts, too", async () => {
  const mask = new ImageSet({
    ...{ pixels: new Uint8Array(256).fill(255, 128), height: 16, width: 16, channels: 1 },
  });
  writeFileSync(join(cwd, "mask.png"), await mask.toPNG(0));
  const made = async (command: string) => {
    await done(`${command} --out x.png`);
    return readFileSync(join(cwd, "x.png")).toString("base64");
  };
  for (const command of [
    `inpaint d.safetensors faces/0.png --mask mask.png ${few}`,
    `vary d.safetensors faces/0.png --samples 2 ${few}`,
    "interpolate d.safetensors --seeds 1,2 --samples 3 --sampling-steps 2",
  ]) {
    const prompted = await made(`${command} --prompt ${red}`);
    expect(prompted, command).not.toBe(await made(command));
    expect(prompted, command).not.toBe(
      await made(`${command} --prompt ${red} --negative cap --guidance 2`),
    );
    await refused(2, "only generate takes several", `${command} --prompt a --prompt b --out x.png`);
  }
});

test("is shown, and measured by what captions ask for", async () => {
  const { stdout } = await done("inspect d.safetensors");
  expect(stdout).toMatch(/textWidth +16\n[\s\S]*tokenizer +char, \d+ tokens: [\s\S]*--prompt/);
  const measure = "evaluate d.safetensors faces --generated 8 --limit 12 --sampling-steps 1";
  const found = await json(`${measure} --captions said.tsv`);
  expect(found).toMatchObject({ loss: expect.any(Number), frechet: expect.any(Number) });
  expect((await done(measure)).stdout).toContain("the model learned captions, give --captions");
});

test("what is refused", async () => {
  const make = `generate d.safetensors --samples 1 ${few} --out x.png`;
  await refused(
    2,
    "learned captions, n.safetensors learned none",
    `${make} --prompt a`.replace("d.", "n."),
  );
  await refused(
    2,
    "--negative counts where --guidance is above 1",
    `${make} --negative a --guidance 1`,
  );
  await refused(2, /--prompt "Q": the text has "Q".*--unknown skip/, `${make} --prompt Q`);
  await refused(2, /--negative "Q": the text has "Q"/, `${make} --negative Q`);
  await refused(
    2,
    "--prompt has 40 tokens, the model reads at most 32",
    `${make} --prompt ${"a".repeat(40)}`,
  );
  await refused(
    1,
    'no caption is for "25.png", "26.png"',
    `${trained.replace("said", "few")} --out x`,
  );
  await refused(
    2,
    "n.safetensors learned no captions",
    "train faces --captions said.tsv --from n.safetensors --out x",
  );
  await refused(2, "not both", `${trained} --names-as-captions --out x`);
  await refused(2, "--text-width is for", `train faces ${small} --steps 1 --out x.safetensors`);
});
