// Pairs to train on, and a model that has learnt them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folder, json, simdream } from "./command-line.js";

const words = [
  ["red", "红"],
  ["blue", "蓝"],
  ["green", "绿"],
  ["tea", "茶"],
  ["water", "水"],
  ["rice", "米饭"],
  ["bird", "鸟"],
  ["fish", "鱼"],
] as const;

/** 64 pairs of two words each; the label is the first letter's side of the alphabet. */
export const lines: readonly string[] = words.flatMap(([a, x]) =>
  words.map(([b, y]) => `${a} ${b}\t${x}${y}\t${a < "g" ? "early" : "late"}`),
);

/** Options of a model that trains in a moment. */
export const tinyPairs: readonly string[] = [
  ...["--model", "seq2seq", "--embed", "16", "--hidden", "32", "--batch", "16", "--steps", "40"],
];

/** A folder with pairs.tsv. */
export function pairFolder(content: string = lines.join("\n")): string {
  const cwd = folder();
  writeFileSync(join(cwd, "pairs.tsv"), content);
  return cwd;
}

/** A model that knows every pair by heart, with attention and labels, as m.safetensors. */
export async function learntPairs(): Promise<string> {
  const cwd = pairFolder();
  const options = ["--attention", "luong", "--label-column", "2", "--val", "0", "--lr", "0.01"];
  const args = ["train", "pairs.tsv", "--out", "m.safetensors", ...tinyPairs, ...options];
  const { code, stderr } = await simdream([...args, "--steps", "300", "--quiet"], { cwd });
  if (code !== 0) throw new Error(`training failed: ${stderr}`);
  return cwd;
}

/** Nothing that the model was taught. */
export const odd = "eee ttt wfwf";

/** As `--min-confidence`: between how sure the model is of what it knows, and of what it does not. */
export async function threshold(cwd: string): Promise<string> {
  const [known, unknown] = await Promise.all(
    ["red tea", odd].map(async (source) => {
      const args = ["translate", "m.safetensors", source, "--json", "--logprobs"];
      const { samples } = json<{ samples: { confidence: number }[] }>(
        await simdream(args, { cwd }),
      );
      return samples[0].confidence;
    }),
  );
  if (known <= unknown) throw new Error(`surer of nonsense: ${known}, ${unknown}`);
  return String((known + unknown) / 2);
}
