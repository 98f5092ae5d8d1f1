// What a server does that is told a result: it makes the room of the link again, and plays the moves.
//
//   node games/dungeon/verify.mjs                        the rooms of today, with their links
//   node games/dungeon/verify.mjs 2026-11-30             those of a day
//   node games/dungeon/verify.mjs <link> <moves>         whether these moves solve the room of a link
//   node games/dungeon/verify.mjs <link> room.txt        whether a room is that of a link

import { existsSync, readFileSync } from "node:fs";
import { GridModel } from "simdream";
import { dailySeed, levelLink, modelMark, readLink, solveSokoban, verify } from "simdream/game";
import { Room } from "./room.js";
import { makeRoom, optionsOf, placeOf, placesOf } from "./rooms.js";

const bytes = readFileSync(new URL("rooms.safetensors", import.meta.url));
const model = await GridModel.load(bytes);
const mark = modelMark(bytes);

/** The room of a link, or an Error: `verify` gives what the link says. */
async function roomOf({ model: wanted, ...linked }) {
  if (wanted !== mark) throw new Error("this link is to a room of another model");
  return (await makeRoom(model, solveSokoban, placeOf(linked))).text;
}

const [what = new Date().toISOString().slice(0, 10), told] = process.argv.slice(2);
if (told === undefined) {
  for (const place of placesOf(what, dailySeed)) {
    const { text, solution, drawn } = await makeRoom(model, solveSokoban, place);
    const link = levelLink({ model: mark, seed: place.seed, options: optionsOf(place.grade) });
    console.log(
      `${link}  grade ${place.grade}, the ${drawn}. that was drawn, ${solution.length} moves`,
    );
    console.log(`${text}\n${solution}\n`);
  }
} else if (existsSync(told)) {
  const same = await verify(what, readFileSync(told, "utf8"), roomOf);
  console.log(same ? "the room of this link" : "another room");
  process.exitCode = same ? 0 : 1;
} else {
  const room = new Room(await roomOf(readLink(what)));
  // A move into a wall is none; no more are looked at than anyone would make.
  const moves = /^[lurd]{1,5000}$/i.test(told) ? told.toLowerCase() : "";
  for (const move of moves) room.move(move);
  console.log(room.solved ? `solved in ${room.moves.length} moves` : "not solved");
  process.exitCode = room.solved ? 0 : 1;
}
