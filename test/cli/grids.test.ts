// Models of grids on the command line: levels in, levels out, under rules and checked.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused } = inFolder(() => cwd);
const small =
  "--model grid --embed 8 --hidden 16 --runs cells --counted @$. --seed 3 --batch 6 --lr 2e-2";

/** Rooms with a player, and boxes and goals here and there. */
function room(n: number): string {
  const cell = (x: number, y: number) => {
    if (x === 0 || y === 0 || x === 6 || y === 5) return "#";
    if (x === 1 + (n % 5) && y === 1 + (n % 4)) return "@";
    return "   $.  "[(x * 5 + y * 3 + n * 4) % 7];
  };
  const row = (_: unknown, y: number) => Array.from({ length: 7 }, (_, x) => cell(x, y)).join("");
  return `${Array.from({ length: 6 }, row).join("\n")}\n`;
}

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "levels"));
  const names = Array.from({ length: 14 }, (_, n) => `${n}.txt`);
  for (const [n, name] of names.entries()) writeFileSync(join(cwd, "levels", name), room(n));
  const table = ["file,kind", ...names.map((name, n) => `${name},${n < 7 ? "low" : "high"}`)];
  writeFileSync(join(cwd, "kinds.csv"), table.join("\n"));
  const rules = { border: "#", counts: { "@": 1, $: [1, 2] }, equal: [["$", "."]] };
  writeFileSync(join(cwd, "rules.json"), JSON.stringify(rules));
  const files = names.map((name) => `levels/${name}`).join(" ");
  const { stdout } = await done(
    `train ${files} ${small} --labels kinds.csv --symmetries all --steps 80 --out g.safetensors`,
  );
  expect(stdout).toContain("14 grids, 588 cells of 5 symbols, with kind");
  expect(stdout).toContain("lstm, embed 8, hidden 16, layers 1");
  expect(stdout).toContain("simdream generate g.safetensors --samples 3");
});

test("levels go to the output, to a file, or to a folder, and keep the rules", async () => {
  const { stdout } = await done(
    "generate g.safetensors --rules rules.json --samples 2 --seed 5 --width 8",
  );
  expect(stdout).toMatch(/^; seed 5\n(.{8}\n){6}\n; seed 6\n(.{8}\n){6}$/);
  expect(stdout.split("@")).toHaveLength(3);
  await done(
    "generate g.safetensors --rules rules.json --samples 2 --seed 5 --width 8 --out a.txt",
  );
  expect(readFileSync(join(cwd, "a.txt"), "utf8")).toBe(stdout);
  await done("generate g.safetensors --rules rules.json --samples 2 --seed 5 --width 8 --out new");
  expect(readdirSync(join(cwd, "new")).sort()).toEqual(["5.txt", "6.txt"]);
  const [, first] = stdout.split(/; seed \d\n/);
  expect(readFileSync(join(cwd, "new/5.txt"), "utf8").trim()).toBe(first.trim());
});

test("levels are checked and drawn again", async () => {
  const made = await json(
    "generate g.safetensors --rules rules.json --check sokoban --tries 200 --samples 4 --seed 1 --label low",
  );
  expect(made).toMatchObject({ width: 7, height: 6, seeds: [1, 2, 3, 4], repairs: [0, 0, 0, 0] });
  expect(made.levels).toHaveLength(4);
  expect(Math.max(...(made.tries as number[]))).toBeGreaterThan(1);
  writeFileSync(join(cwd, "none.json"), JSON.stringify({ counts: { $: 0 } }));
  await refused(
    1,
    /1 of 1 grids were not playable after 2 tries/,
    "generate g.safetensors --rules none.json --check sokoban --tries 2",
  );
});

test("a part is given", async () => {
  writeFileSync(join(cwd, "part.txt"), "#_____\n_@____\n______\n");
  const made = await json("generate g.safetensors --given part.txt --samples 1");
  expect((made.levels as string[])[0].split("\n")[1][1]).toBe("@");
  await refused(1, /free is "@"/, "generate g.safetensors --given part.txt --free @");
});

test("says how well levels are predicted, and how many can be played", async () => {
  const score = await json(
    "evaluate g.safetensors levels/1.txt levels/2.txt --labels kinds.csv --samples 3 --check sokoban",
  );
  expect(score).toMatchObject({
    ...{ cells: 84, examples: 2, samples: 3 },
    ...{ playable: expect.any(Number), copied: expect.any(Number), longest: expect.any(Number) },
  });
  const { stdout } = await done("inspect g.safetensors");
  expect(stdout).toMatch(/label kind +high, low/);
});

test("resumes, is made smaller, and refuses what cannot be", async () => {
  const run = `train levels/1.txt levels/2.txt levels/3.txt ${small} --network transformer --layers 1 --val 0`;
  const wrong = run.replace("--embed 8 ", "");
  const whole = await json(`${wrong} --steps 6 --out whole.safetensors --quiet`);
  await done(`${wrong} --steps 6 --checkpoint-every 2 --keep-state --out t.safetensors --quiet`);
  expect((await json("inspect t.safetensors")).fingerprint).toBe(whole.fingerprint);
  await done("quantize g.safetensors --out g8.safetensors");
  await done("generate g8.safetensors --samples 1");
  await refused(2, /--embed is for --network lstm/, `${run} --out x.safetensors`);
  await refused(2, /--prompt is for other models/, "generate g.safetensors --prompt x");
  await refused(1, /rules must be JSON/, "generate g.safetensors --rules kinds.csv");
  writeFileSync(join(cwd, "ragged.txt"), "###\n##\n");
  await refused(1, /ragged\.txt/, "train ragged.txt --model grid --out x.safetensors");
});
