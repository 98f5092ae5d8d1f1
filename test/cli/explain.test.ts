// Explanations on the command line: every kind of model, each kind of file, and what is refused.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { folder, inFolder } from "./command-line.js";
import { writeFaces } from "./faces.js";

let cwd: string;
const { json, done, refused } = inFolder(() => cwd);
const read = (name: string) => readFileSync(join(cwd, name), "utf8");

beforeAll(async () => {
  cwd = folder();
  writeFileSync(join(cwd, "t.txt"), "the cat sat on the mat. ".repeat(20));
  writeFileSync(join(cwd, "p.tsv"), "12\t21\n34\t43\n");
  writeFileSync(join(cwd, "level.txt"), "----\n-XX-\nXXXX\n");
  await writeFaces(cwd, 60);
  const small = "--hidden 16 --batch 8 --seed 1 --steps 5";
  await done(`train t.txt --network transformer --layers 2 --heads 2 ${small} --out t.safetensors`);
  await done(`train t.txt --embed 8 ${small} --out l.safetensors`);
  await done(`train p.tsv --attention luong ${small} --out s.safetensors`);
  await done(`train level.txt --model grid --seed 1 --steps 5 --out g.safetensors`);
  const pictures = "--channels 4 --batch 20 --seed 1 --steps 5";
  await done(`train faces --model classifier --features 8 ${pictures} --out c.safetensors`);
  await done(`train faces --model vae ${pictures} --out v.safetensors`);
  await done(`train faces --model diffusion --levels 1 ${pictures} --out d.safetensors`);
});

test("texts: reasons, lens, attention and units, as a page without scripts in both languages", async () => {
  const said = "--prompt the --max-tokens 3";
  const found = await json(`explain t.safetensors ${said} --out why.html`);
  const { saliency, lens, attention, neurons } = found as unknown as {
    saliency: { tokens: string[]; explained: { target: string; scores: number[] }[] };
    lens: { layers: { name: string }[] };
    attention: { heads: number[][] }[];
    neurons: { units: unknown[] };
  };
  expect(saliency.tokens.join("")).toMatch(/^the/);
  expect(saliency.explained).toHaveLength(3);
  expect(lens.layers.map(({ name }) => name)).toEqual(["model.layers.0", "model.layers.1"]);
  expect(attention.map(({ heads }) => heads.length)).toEqual([2, 2]);
  expect(neurons.units.length).toBeGreaterThan(0);
  const page = read("why.html");
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|style="|src="http/);
  await done(`explain l.safetensors ${said} --language zh --out zh.html`);
  expect(read("zh.html")).toContain("它说了什么");
  await done(`explain l.safetensors ${said} --method integrated-gradients --out why.svg`);
  expect(read("why.svg")).toContain("<svg");
  await done("quantize t.safetensors --out t8.safetensors");
  await done(`explain t8.safetensors ${said} --out rounded.html`);
  expect(read("rounded.html")).toContain("What it would say after each layer");
  await done(`explain s.safetensors --source 12 --text 21 --out pair.html`);
  expect(read("pair.html")).toContain("What the answer looked at in the source");
});

test("labels, conversations, and what a decoder read", async () => {
  writeFileSync(
    join(cwd, "d.jsonl"),
    [..."ab"].map((kind) => JSON.stringify({ text: `${kind}${kind}c`, kind })).join("\n"),
  );
  const talk = [
    { role: "user", content: "hi" },
    { role: "assistant", content: "ho" },
  ];
  writeFileSync(join(cwd, "c.jsonl"), `${JSON.stringify({ messages: talk })}\n`.repeat(4));
  const small = "--embed 8 --hidden 16 --batch 4 --seed 1 --steps 40 --lr 1e-2 --val 0";
  await done(`train d.jsonl --label-fields kind ${small} --out ld.safetensors`);
  await done(`train c.jsonl ${small} --out talk.safetensors`);
  const scores = async (label: string) => {
    const found = await json(`explain ld.safetensors --prompt a --text ac --label kind=${label}`);
    const { labels, saliency } = found as unknown as {
      labels: unknown;
      saliency: { explained: { logProb: number }[] };
    };
    expect(labels).toEqual({ kind: label });
    return saliency.explained.map(({ logProb }) => logProb);
  };
  expect(await scores("a")).not.toEqual(await scores("b"));
  const answer = await json("explain talk.safetensors --message hi --text ho");
  expect(answer).toHaveProperty("messages", [{ role: "user", content: "hi" }]);
  const { explained } = (answer as unknown as { saliency: { explained: { target: string }[] } })
    .saliency;
  expect(explained.map(({ target }) => target).join("")).toBe("ho");
  const scored = await done("explain s.safetensors --source 12 --text 21 --out pair.txt");
  expect(scored).toBeDefined();
  expect(read("pair.txt")).toMatch(/∅?2.*\n/);
  await refused(2, "--message is for models of conversations", "explain l.safetensors --message x");
  await refused(2, "--class is for a classifier", "explain l.safetensors --prompt t --class x");
  writeFileSync(join(cwd, "none.txt"), "\n");
  await refused(1, "none.txt is empty", "explain l.safetensors --prompt t --texts none.txt");
  await refused(2, "--prompt is for", "explain c.safetensors faces --prompt t");
});

test("pictures and grids", async () => {
  const classes = await json("explain c.safetensors faces --out classes.png");
  expect(classes).toHaveProperty("pictures");
  expect(readFileSync(join(cwd, "classes.png")).subarray(1, 4).toString()).toBe("PNG");
  await done("explain v.safetensors --seed 2 --out v.html");
  await done("explain d.safetensors --seed 2 --out d.html");
  expect(read("d.html")).toContain("How it comes out of noise");
  const grid = await json("explain g.safetensors level.txt --cell 3,2");
  const { cells } = grid as unknown as { cells: { symbol: string; influence: number[] }[] };
  expect(cells[0].symbol).toBe("X");
  expect(cells[0].influence).toHaveLength(12);
});

test("what cannot be explained says what is needed", async () => {
  const said = "explain t.safetensors --prompt the";
  await refused(2, "explained by --prompt", "explain t.safetensors t.txt");
  await refused(2, "--source", "explain s.safetensors");
  await refused(2, "pictures", "explain c.safetensors");
  await refused(2, "4 × 3", "explain g.safetensors level.txt --cell 9,9");
  await refused(2, ".html or .svg", `${said} --out why.png`);
  await refused(2, "must end in", `${said} --out why.pdf`);
  await refused(2, "would be lost", `${said} --texts t.txt --out t.txt`);
});
