// The level of the day: npm run daily, or npm run daily 2026-12-24. Prints the level and its link; with a link in place of the
// day, the level of the link. The first run trains the model, which takes a minute or two.
import { dailySeed, difficulty, levelLink, readLink, solveSokoban } from "simdream/game";
import { file, levelOf, options } from "./level.mjs";

const [said = new Date().toISOString().slice(0, 10)] = process.argv.slice(2);
const isDay = /^\d{4}-\d\d-\d\d$/.test(said);
const link = isDay ? levelLink({ model: file, seed: dailySeed(said, "warehouse"), options }) : said;

const level = await levelOf(readLink(link));
const { moves, pushes } = solveSokoban(level);
console.log(`${level}\n`);
console.log(`link: ${link}`);
console.log(`${pushes} pushes, difficulty ${difficulty(level, "sokoban").score}`);
if (process.env.SOLUTION) console.log(`solution: ${moves}`);
