// Makes rooms, hints and heroes, away from the page's thread.

import { makeHero } from "./heroes.js";
import { makeRoom, optionsOf, placeOf, placesOf } from "./rooms.js";
import {
  characterMaker,
  dailySeed,
  levelLink,
  modelMark,
  readLink,
  solveSokoban,
} from "./simdream/game-browser.js";
import { Diffusion, GridModel, LanguageModel } from "./simdream/index.js";

/** Positions that the solver looks at for a hint. */
const POSITIONS = 60_000;

async function file(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: the server answers ${response.status}`);
  return response.arrayBuffer();
}

async function opened() {
  const bytes = await file("rooms.safetensors");
  return { model: await GridModel.load(bytes), mark: modelMark(bytes) };
}
let rooms;

/** A room, with its link. */
async function room(place) {
  rooms ??= opened();
  const { model, mark } = await rooms;
  const link = levelLink({ model: mark, seed: place.seed, options: optionsOf(place.grade) });
  return { ...(await makeRoom(model, solveSokoban, place)), link };
}

const tasks = {
  room: ({ date, number }) => room(placesOf(date, dailySeed)[number]),
  async linked({ link }) {
    const read = readLink(link);
    rooms ??= opened();
    const { mark } = await rooms;
    if (read.model !== mark) throw new Error("this link is to a room of another model");
    return room(placeOf(read));
  },
  solution: ({ text }) => solveSokoban(text, { maxStates: POSITIONS }).moves,
  hero: ({ date }) =>
    makeHero({ characterMaker, Diffusion, LanguageModel }, file, dailySeed(date, "dungeon hero")),
};

/** One after the other: a room that is asked for comes before a hero that can wait. */
addEventListener("message", async ({ data: { id, what, options } }) => {
  try {
    postMessage({ id, result: await tasks[what](options) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
});
