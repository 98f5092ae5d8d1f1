// Levels for the page: made by the model in a worker, while another one is played.

import { load } from "simdream";
import { levelLink, modelMark, platformerPath, readLink } from "simdream/game";
import { startWorker } from "simdream/worker";
import { makeLevel, optionsOf, placeOf } from "./levels.js";

/** @param address of the model's file */
export function openLevels(address) {
  let opened;
  /** The model, once; what went wrong is tried again the next time. */
  const ready = async () => {
    opened ??= open(address);
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  // It is said where a level is asked for.
  ready().catch(() => {});
  const next = async (place) => {
    const { model, mark } = await ready();
    const { text, tries } = await makeLevel(model, place, platformerPath);
    const link = levelLink({ model: mark, seed: place.seed, options: optionsOf(place) });
    return { text, theme: place.theme, place, link, tries };
  };
  return {
    /** The level of a place. @returns a promise of `{ text, theme, place, link }` */
    next,
    /** The level of a link. */
    async of(link) {
      const read = readLink(link);
      const { mark } = await ready();
      if (read.model !== mark) throw new Error("this link is to a level of another model");
      return next(placeOf(read));
    },
  };
}

async function open(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the server answers ${response.status}`);
  const bytes = await response.arrayBuffer();
  // From a file, as a strict Content-Security-Policy wants it.
  const script = new URL("./simdream/worker-script.js", import.meta.url);
  const runtime = (await load()).withWorkers(() => new Worker(script, { type: "module" }));
  const { GridModel } = await startWorker(runtime);
  return { model: await GridModel.load(bytes), mark: modelMark(bytes) };
}
