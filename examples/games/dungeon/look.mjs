// Looks at what the model makes: node games/dungeon/look.mjs [rooms of each grade]. How many of those drawn can be solved and are of
// the grade that was asked for, with rules and without; how alike they are to the rooms it learned; and four of each grade.

import { existsSync, readFileSync } from "node:fs";
import { GridModel } from "simdream";
import { checkSokoban, copied, diversity, solveSokoban } from "simdream/game";
import { difficultyOf, gradeOf, ROOMS, SIZE } from "./grades.js";
import { makeRoom, rulesOf } from "./rooms.js";

const count = Number(process.argv[2] ?? 40);
const model = await GridModel.load(readFileSync(new URL("rooms.safetensors", import.meta.url)));
const percent = (part, all) => `${((100 * part) / all).toFixed(0)} %`;

for (const ruled of [false, true]) {
  for (let grade = 1; grade <= ROOMS; grade++) {
    const { grids } = await model.generate({
      ...{ width: SIZE, height: SIZE, temperature: 0.9, samples: count, seed: 1e6 * grade },
      ...(ruled ? { rules: rulesOf(grade) } : {}),
      labels: { grade: String(grade) },
    });
    const texts = Array.from({ length: count }, (_, i) => grids.text(i));
    const right = texts.filter((text) => checkSokoban(text).length === 0);
    const solutions = right
      .map((text) => solveSokoban(text, { maxStates: 15_000 }))
      .filter(({ solved, pushes }) => solved && pushes > 0);
    const fits = solutions.filter((one) => gradeOf(difficultyOf(one)) === grade);
    console.log(
      `grade ${grade}, ${ruled ? "rules" : "no rules"}: ${percent(right.length, count)} right, ` +
        `${percent(solutions.length, count)} solvable, ${percent(fits.length, count)} of this grade`,
    );
  }
}

const made = [];
let [slowest, drawn] = [0, 0];
for (let grade = 1; grade <= ROOMS; grade++) {
  for (let i = 0; i < count / 2; i++) {
    const begin = performance.now();
    const room = await makeRoom(model, solveSokoban, { seed: 1000 + i, grade });
    slowest = Math.max(slowest, performance.now() - begin);
    drawn += room.drawn;
    made.push(room);
  }
}
const off = made.filter(({ text, grade }) => gradeOf(difficultyOf(solveSokoban(text))) !== grade);
console.log(
  `${made.length} rooms: ${(drawn / made.length).toFixed(1)} drawn for each, the slowest took ` +
    `${(slowest / 1000).toFixed(1)} s, ${off.length} of another grade`,
);

const rooms = new URL("rooms.tmp", import.meta.url);
if (existsSync(rooms)) {
  const learned = JSON.parse(readFileSync(rooms, "utf8")).map(({ text }) => text);
  const texts = made.map(({ text }) => text);
  const { share, longest, same } = copied(texts, learned, { symmetries: "all", window: 5 });
  console.log(
    `${same.length} of them are rooms that it learned, turned and mirrored too; windows of 5 columns copied: ` +
      `${percent(share, 1)} (longest ${longest} columns); diversity ${diversity(texts).toFixed(2)}`,
  );
}

for (let grade = 1; grade <= ROOMS; grade++) {
  const some = made.filter((one) => one.grade === grade).slice(0, 4);
  const rows = Array.from({ length: SIZE }, (_, y) =>
    some.map(({ text }) => text.split("\n")[y]).join("   "),
  );
  console.log(
    `\n${rows.join("\n")}\n${some.map(({ solution }) => `${solution.length} moves`).join(", ")}`,
  );
}
