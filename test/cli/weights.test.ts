// Weights of examples from files, and an adversary.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet, LanguageModel, VAE } from "../../src/entries/node.js";
import { folder, json, simdream } from "./command-line.js";

const words = ["rose", "lily", "iris", "fern", "moss", "sage"];
const weights = [1, 2, 0, 4.5, 1e1, 3];
const table = ["file,weight", ...words.map((word, i) => `${word}.png,${weights[i]}`)];

function given(): string {
  const cwd = folder();
  writeFileSync(join(cwd, "words.txt"), `${words.join("\n")}\n`);
  writeFileSync(join(cwd, "weights.txt"), `${weights.join("\n")}\n`);
  writeFileSync(join(cwd, "weights.csv"), `${table.join("\n")}\n`);
  return cwd;
}

const train = ["train", "words.txt", "--out", "m.safetensors", "--hidden", "8", "--steps", "6"];
const plain = [...train, "--documents", "lines", "--val", "0", "--json"];

describe("train --weights", () => {
  it("gives the library's weights, from lines or a column", async () => {
    const cwd = given();
    const model = await LanguageModel.create({ corpus: words, hidden: 8, seed: 1 });
    await model.fit(words, { steps: 6, weights });
    for (const how of [["weights.txt"], ["weights.csv", "--weight-field", "weight"]]) {
      const ended = await simdream([...plain, "--weights", ...how], { cwd });
      expect(json(ended).fingerprint).toBe(model.fingerprint());
    }
  });

  it("resumes with the same ones only", async () => {
    const cwd = given();
    const [straight, part] = [
      ["--steps", "9"],
      ["--keep-state", "--weights", "weights.txt"],
    ];
    const whole = await simdream([...plain, ...straight, ...part], { cwd });
    json(await simdream([...plain, ...part], { cwd }));
    const resume = ["train", "words.txt", "--resume", "m.safetensors", "--steps", "9", "--json"];
    const without = await simdream(resume, { cwd });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain("begun with weights");
    const again = await simdream([...resume, "--weights", "weights.txt"], { cwd });
    expect(json(again).fingerprint).toBe(json(whole).fingerprint);
  });

  it.each([
    [
      ["--weights", "weights.csv"],
      'weights.csv:1: expected a weight, a number of 0 or more, got "file,weight"; of a table',
    ],
    [["--weights", "weights.csv", "--weight-field", "w"], 'row 0 has no "w"; it has file, weight'],
    [
      ["--weights", "words.txt"],
      'words.txt:1: expected a weight, a number of 0 or more, got "rose"',
    ],
    [["--weight-field", "weight"], "--weight-field needs --weights"],
    [["--weights", "weights.txt", "--out", "weights.txt"], "--weights"],
  ])("refuses %j", async (how, message) => {
    const cwd = given();
    const before = readFileSync(join(cwd, "weights.txt"), "utf8");
    const { code, stderr } = await simdream([...train, ...how], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(readFileSync(join(cwd, "weights.txt"), "utf8")).toBe(before);
  });
});

describe("of pictures", () => {
  it("weights are found by the names of files; an adversary is one of the labels", async () => {
    const cwd = folder();
    const set = new ImageSet(drawFaces({ count: 12, seed: 1 }));
    const names = Array.from(
      { length: set.length },
      (_, i) => `face-${String(i).padStart(2, "0")}.png`,
    );
    for (const [i, name] of names.entries()) {
      writeFileSync(join(cwd, name), await set.subset([i]).grid({ columns: 1, gap: 0 }));
    }
    const kinds = names.map((_, i) => (i % 3 === 0 ? "a" : "b"));
    const rows = names.map((name, i) => `${name},${kinds[i]},${i}`);
    // Rows in another order than the files.
    writeFileSync(join(cwd, "t.csv"), `${["file,kind,weight", ...rows.toReversed()].join("\n")}\n`);
    copyFileSync(join(cwd, "t.csv"), join(cwd, "w.csv"));
    const own = ["--labels", "t.csv", "--weights", "w.csv", "--weight-field", "weight"];
    const model = ["--model", "vae", "--network", "dense", "--hidden", "8", "--latent", "3"];
    const opposed = ["--adversary", "kind", "--adversary-steps", "2", "--steps", "4"];
    const args = [
      "train",
      ...names,
      ...own,
      ...model,
      ...opposed,
      "--out",
      "v.safetensors",
      "--json",
    ];
    const ended = await simdream(args, { cwd });
    expect(ended.stderr).toBe("");
    const pixels = new ImageSet({ pixels: set.pixels, height: 16, width: 16, channels: 3 });
    const images = pixels.withLabels(kinds.map((kind, i) => ({ kind, weight: String(i) })));
    const vae = await VAE.create({
      ...{ images, network: "dense", hidden: 8, latent: 3, adversary: "kind", seed: 1 },
    });
    await vae.fit(images, { steps: 4, adversarySteps: 2, weights: names.map((_, i) => i) });
    expect(json(ended).fingerprint).toBe(vae.fingerprint());
  });
});
