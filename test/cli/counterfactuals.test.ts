// Recipes on the command line: models that are trained again, and what they would be without some of their data.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { wantedDocuments } from "../../src/cli/io/documents.js";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { LanguageModel, VAE } from "../../src/entries/index.js";
import { movingBars } from "../models/video/help.js";
import { bytes, folder, inFolder, names, text } from "./command-line.js";
import { writeFaces, writePoints } from "./faces.js";
import { lines } from "./pairs.js";

let cwd: string;
const { run, refused, ...program } = inFolder(() => cwd);
/** Words apart by one space or more. */
const words = (line: string) => line.trim().replace(/ +/g, " ");
const json = (line: string) => program.json(words(line));
const done = (line: string) => program.done(words(line));
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content);
const idx = (shape: number[], data: Iterable<number>) =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...data]);
const grey = (items: readonly number[]) =>
  items.flatMap((i) => Array.from({ length: 64 }, (_, at) => (i * 31 + at * 7) & 255));
const level = (n: number) =>
  `#######\n#${"@$. "[n % 4]}${".$ @"[n % 3]}  ${" $"[n >> 3]}#\n#  ${"$."[n % 2]} ${" .$"[n % 3]}#\n#######\n`;

const tiny = "--embed 8 --hidden 16 --steps 20";
const small = "--network dense --hidden 16 --seed 3 --preview-every 0 --steps 8";

beforeAll(async () => {
  cwd = folder();
  await writeFaces(cwd, 24);
  writePoints(cwd);
  put("pairs.tsv", lines.join("\n"));
  put("items.idx.gz", gzipSync(idx([30, 8, 8], grey(Array.from({ length: 30 }, (_, i) => i)))));
  put(
    "labels.idx",
    idx(
      [30],
      Array.from({ length: 30 }, (_, i) => i % 3),
    ),
  );
  put("levels.txt", Array.from({ length: 12 }, (_, n) => `; level ${n}\n${level(n)}`).join("\n"));
  const poems = names.map((name, i) => JSON.stringify({ text: name, kind: i % 2 ? "a" : "b" }));
  put("poems.jsonl", poems.join("\n"));
  mkdirSync(join(cwd, "clips"));
  const clips = movingBars(12, 6);
  for (let i = 0; i < clips.length; i++) put(`clips/${i}.gif`, await clips.toGIF(i));
  const set = new ImageSet(drawFaces({ count: 24, seed: 5 }));
  const { classes, indices } = set.label("background");
  mkdirSync(join(cwd, "flat"));
  const captions: string[] = [];
  for (let i = 0; i < set.length; i++) {
    put(`flat/${i}.png`, await set.toPNG(i));
    captions.push(`${i}.png\t${classes[indices[i]]} behind`);
  }
  put("said.tsv", captions.join("\n"));
});

/** What each kind of model is trained with, and on. */
const rows: Readonly<Record<string, readonly [data: string, options: string, again?: string]>> = {
  text: ["text.txt", `${tiny} --batch 4 --seq-len 16`],
  documents: ["names.txt", `${tiny} --network gru`],
  labels: ["poems.jsonl", `${tiny} --label-fields kind`],
  pairs: ["pairs.tsv", `${tiny} --label-column 2`],
  vae: ["faces", `--model vae ${small}`],
  autoencoder: ["flat", `--model autoencoder ${small}`],
  gan: ["points.csv", `--model gan ${small}`],
  diffusion: [
    "items.idx.gz",
    `--model diffusion --network dit --hidden 16 --layers 1 --steps 6 --preview-every 0`,
    "--labels labels.idx",
  ],
  classifier: ["faces", "--model classifier --network dense --hidden 16 --steps 8"],
  pair: [
    "flat",
    "--model pair --channels 4 --features 8 --text-width 16 --text-layers 1 --steps 5",
    "--captions said.tsv",
  ],
  frames: ["clips", "--model frames --patch 2 --hidden 4 --kernel 3 --steps 5 --preview-every 0"],
  style: [
    "flat",
    "--model style --channels 2 --blocks 1 --window 16 --size 16 --steps 3 --batch 2 --preview-every 0",
    "--like a.png",
  ],
  grid: ["levels.txt", "--model grid --embed 8 --hidden 16 --steps 10"],
};

describe("reproduce", () => {
  test.each(Object.entries(rows))(
    "a model of %s, and its copy of 8 bits",
    async (name, [data, options, again = ""]) => {
      await done(`train ${data} ${options} ${again} --out r-${name}.safetensors`);
      const file = `r-${name}.safetensors`;
      const found = await json(`reproduce ${file} ${data} ${again}`);
      expect(found).toMatchObject({ same: true, expected: found.fingerprint });
      if (name === "style") return;
      await done(`quantize ${file} --out q-${name}.safetensors`);
      const narrow = await json(`reproduce q-${name}.safetensors ${data} ${again}`);
      expect(narrow.same).toBe(true);
      expect(narrow.fingerprint).not.toBe(found.fingerprint);
    },
  );

  test("runs that were resumed with other options, and several, one after another", async () => {
    await done(`train text.txt ${tiny} --lr 1e-2 --keep-state --out s.safetensors`);
    await done("train text.txt --resume s.safetensors --steps 30 --lr 1e-3 --ema 0.9 --keep-state");
    await done("train text.txt --resume s.safetensors --steps 40 --patience 1");
    expect(await json("reproduce s.safetensors text.txt")).toMatchObject({ same: true, runs: 1 });
    put("letters.txt", text.slice(500, 3000));
    await done("train letters.txt --from s.safetensors --steps 10 --out f.safetensors");
    const both = await json(
      "reproduce f.safetensors text.txt --then letters.txt --out again.safetensors",
    );
    expect(both).toMatchObject({ same: true, runs: 2 });
    expect(bytes(cwd, "again.safetensors")).toBe(bytes(cwd, "f.safetensors"));
    expect(await json("reproduce f.safetensors letters.txt --from s.safetensors")).toMatchObject({
      same: true,
    });
    await done("train letters.txt --from s.safetensors --lora 2 --steps 6 --out a.safetensors");
    expect(await json("reproduce a.safetensors letters.txt --from s.safetensors")).toMatchObject({
      same: true,
    });
    await refused(2, "holds an adapter: give --from", "reproduce a.safetensors letters.txt");
  });

  test("other data are refused before anything is trained, with both hashes", async () => {
    put("fewer.txt", names.slice(1).join("\n"));
    const { stderr } = await run("reproduce r-documents.safetensors fewer.txt");
    expect(stderr).toMatch(
      /^simdream: r-documents\.safetensors: the run was on data of the hash 49-\S+, these have 48-\S+\n$/,
    );
    await refused(
      1,
      /run 2 of 2: the run was on data of the hash/,
      "reproduce f.safetensors text.txt",
    );
  });

  test("what a program trained, with shards, is reproduced on the command line", async () => {
    const model = await LanguageModel.create({ corpus: names, hidden: 16, seed: 4 });
    await model.fit(names, { steps: 12, shards: 2, val: 0.2, patience: 2, evalEvery: 2 });
    put("p.safetensors", model.save());
    expect(await json("reproduce p.safetensors names.txt")).toMatchObject({
      same: true,
      fingerprint: model.fingerprint(),
    });
    const record = JSON.stringify(model.record);
    expect(record).not.toContain(names[5]);
    expect(model.record.history[0].given).toEqual({
      create: { corpus: true, hidden: 16, seed: 4 },
      fit: { evalEvery: 2, patience: 2, shards: 2, steps: 12, val: 0.2 },
    });
  });

  test("weights of elsewhere, and models without a record, are refused", async () => {
    const untrained = await VAE.create({ shape: [8, 8, 1] });
    put("u.safetensors", untrained.save());
    await refused(
      1,
      "u.safetensors cannot be trained again: it has not been trained",
      "reproduce u.safetensors faces",
    );
    await refused(1, /text\.txt/, "reproduce text.txt text.txt");
  });
});

describe("without", () => {
  const parts: Readonly<Record<string, readonly [documents: string, reduce: () => string]>> = {
    text: ["3-9", () => kept("text.txt", (i) => i < 3 || i > 9)],
    documents: ["17,18", () => kept("names.txt", (i) => i !== 17 && i !== 18)],
    labels: ["2", () => kept("poems.jsonl", (i) => i !== 2)],
    pairs: ["1-8", () => kept("pairs.tsv", (i) => i > 8)],
    gan: ["2-5", () => kept("points.csv", (i) => i < 2 || i > 5)],
    grid: ["2", () => levelsWithout(1)],
  };

  /** A file of some of the lines, counted from 1. */
  function kept(name: string, keep: (line: number) => boolean): string {
    const all = readFileSync(join(cwd, name), "utf8").split(/(?<=\n)/);
    mkdirSync(join(cwd, "kept"), { recursive: true });
    put(`kept/${name}`, all.filter((_, i) => keep(i + 1)).join(""));
    return `kept/${name}`;
  }

  function levelsWithout(n: number): string {
    const all = Array.from({ length: 12 }, (_, i) => `; level ${i}\n${i === n ? "" : level(i)}`);
    put("kept/levels.txt", all.join("\n"));
    return "kept/levels.txt";
  }

  test.each(Object.entries(parts))("is what train gives: %s", async (name, [documents, reduce]) => {
    const [data, options, again = ""] = rows[name];
    const found = await json(
      `without r-${name}.safetensors ${data} ${again} --documents ${documents} --out w.safetensors`.replace(
        / {2,}/g,
        " ",
      ),
    );
    const trained = await json(`train ${reduce()} ${options} ${again} --out t.safetensors`.trim());
    expect(found).toMatchObject({ fingerprint: trained.fingerprint, same: false });
    expect(bytes(cwd, "w.safetensors")).toBe(bytes(cwd, "t.safetensors"));
    expect(found.estimate).toMatchObject({ steps: trained.steps, seconds: expect.any(Number) });
  });

  test("of pictures by name or number, and of an IDX file with its labels", async () => {
    const [name] = readdirSync(join(cwd, "faces/round")).sort();
    const found = await json(`without r-vae.safetensors faces --documents round/${name}`);
    expect(found).toMatchObject({ documents: [`round/${name}`] });
    const all = readdirSync(join(cwd, "faces"), { recursive: true })
      .map(String)
      .filter((one) => one.endsWith("png"));
    mkdirSync(join(cwd, "kept"), { recursive: true });
    for (const one of all.filter((other) => other !== `round/${name}`)) {
      mkdirSync(join(cwd, "kept/faces", one, ".."), { recursive: true });
      put(`kept/faces/${one}`, readFileSync(join(cwd, "faces", one)));
    }
    const trained = await json(`train kept/faces ${rows.vae[1]} --out t.safetensors`);
    expect(found.fingerprint).toBe(trained.fingerprint);
    const items = Array.from({ length: 30 }, (_, i) => i).filter((i) => i !== 6);
    put("kept/items.idx", idx([29, 8, 8], grey(items)));
    put(
      "kept/labels.idx",
      idx(
        [29],
        items.map((i) => i % 3),
      ),
    );
    const left = await json(
      "without r-diffusion.safetensors items.idx.gz --labels labels.idx --documents 7",
    );
    const again = await json(
      `train kept/items.idx ${rows.diffusion[1]} --labels kept/labels.idx --out t.safetensors`,
    );
    expect(left.fingerprint).toBe(again.fingerprint);
    await refused(
      2,
      "was trained with --labels: give it again",
      "without r-diffusion.safetensors items.idx.gz --documents 7",
    );
  });

  test("says what changes: the vocabulary too, and each document that was left out", async () => {
    put("odd.txt", `${names.join("\n")}\nxyzan\n`);
    await done(`train odd.txt ${tiny} --out odd.safetensors`);
    const found = await json(
      "without odd.safetensors odd.txt --documents 50 --held-out names.txt --out w.safetensors",
    );
    const { scores, samples } = found as {
      scores: Record<string, { measure: string; documents?: object[] }>;
      samples: object;
    };
    expect(scores.removed).toMatchObject({ measure: "nats", documents: [{ name: "line 50" }] });
    expect(Object.keys(scores)).toEqual(["removed", "rest", "heldOut"]);
    expect(samples).toMatchObject({ samples: expect.any(Array), same: expect.any(Number) });
    const known = (await json("inspect w.safetensors")) as { tokenizer: { size: number } };
    const before = (await json("inspect odd.safetensors")) as { tokenizer: { size: number } };
    expect(before.tokenizer.size - known.tokenizer.size).toBe(3);
    const { stdout } = await done("without odd.safetensors odd.txt --documents 50 --estimate");
    expect(stdout).toMatch(
      /without 1 document: line 50\n[\s\S]*time +about 1 s for 20 steps, by \d+ steps that were measured\n$/,
    );
  });

  test("of what a program trained, as the program would", async () => {
    const fit = { steps: 12, val: 0.2 };
    const some = names.filter((_, i) => i !== 16);
    const model = await LanguageModel.create({ corpus: some, seed: 4 });
    await model.fit(some, fit);
    const found = await json("without p.safetensors names.txt --documents 17");
    const same = await LanguageModel.create({ corpus: some, hidden: 16, seed: 4 });
    await same.fit(some, { ...fit, shards: 2, patience: 2, evalEvery: 2 });
    expect(found.fingerprint).toBe(same.fingerprint());
  });

  test("refuses what is none of the documents", async () => {
    const of = "without r-documents.safetensors names.txt --documents";
    await refused(1, "there is no line 50; the files have 49 lines", `${of} 50`);
    await refused(1, "names all 49 lines: nothing would be left", `${of} 1-49`);
    await refused(1, "--documents cat.png: here documents have numbers", `${of} cat.png`);
    await refused(2, /--documents must be numbers from 1/, `${of} 0`);
    await refused(2, "without needs --documents", "without r-documents.safetensors names.txt");
    await refused(
      1,
      "no picture has that name",
      "without r-vae.safetensors faces --documents nobody.png",
    );
  });

  test("numbers, ranges and names", () => {
    expect(wantedDocuments("17, 18,3-9")).toMatchObject({
      ranges: [
        [17, 17],
        [18, 18],
        [3, 9],
      ],
      names: [],
    });
    expect(wantedDocuments("cat/7.png,2")).toMatchObject({
      ranges: [[2, 2]],
      names: ["cat/7.png"],
    });
    for (const wrong of ["", "0", "9-3", "1,,2"])
      expect(() => wantedDocuments(wrong)).toThrow("--documents must be");
  });
});
