// The game's own part: the model, and what a link of the game means. Players and server have the same file.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { GridModel, GridSet } from "simdream";
import { modelMark, solveSokoban } from "simdream/game";
import { rooms } from "./rooms.mjs";

const FILE = "daily.safetensors";

if (!existsSync(FILE)) {
  const levels = await GridSet.fromText(rooms(1000));
  const fresh = await GridModel.create({ grids: levels, order: "rows", seed: 1 });
  const steps = Number(process.env.STEPS ?? 1500);
  for await (const { step, loss } of fresh.fit(levels, { steps, symmetries: "all" })) {
    if (step % 100 === 0 || step === steps)
      console.log(`step ${step}: ${loss.toFixed(3)} nats a cell`);
  }
  writeFileSync(FILE, (await fresh.quantize()).save());
}
export const file = readFileSync(FILE);
const model = await GridModel.load(file);
const mark = modelMark(file);

const rules = {
  counts: { "@": 1, $: 2, ".": 2, " ": [12, 40] },
  border: "#",
};

/** The options of a link of this game. */
export const options = { width: 8, height: 8, check: "sokoban" };

/** The level of a link. @throws Error where it is none of this game's */
export async function levelOf({ model: wanted, seed, options: { width, height, check, ...more } }) {
  const own = width === 8 && height === 8 && check === "sokoban" && Object.keys(more).length === 0;
  if (wanted !== mark || !own) throw new Error("this is no link of this game");
  const playable = (level) => solveSokoban(level, { maxStates: 20_000 }).pushes >= 4;
  const { grids } = await model.generate({ width, height, seed, rules, playable, tries: 200 });
  return grids.text(0);
}
