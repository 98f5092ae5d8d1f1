// Pictures as they emerge from noise, on a canvas, with every moment of it to be seen again.

import { at } from "./page.js";
import { tiles } from "./tiles.js";

/** Milliseconds that a moment is shown at least, where nothing else is to be done. */
const MOMENT = 50;

/**
 * @param chosen is told the pictures that are shown, and which of them was clicked on
 * @returns `from(stream, signal, slowly)`, which shows a stream to its end; and `images`, those of its last moment
 */
export function emergence(grid, chosen) {
  let moments = [];
  let steps = 1;
  const view = () => at("view").value;
  const showTiles = tiles(at("samples"), ...grid, (i) =>
    chosen(moments[at("moment").value - 1][view()].images, i),
  );

  const show = () => {
    const moment = moments[Math.min(moments.length, at("moment").valueAsNumber) - 1];
    if (!moment) return;
    showTiles(moment[view()].images);
    at("when").textContent = `step ${moment.step} of ${steps}`;
  };
  at("moment").addEventListener("input", show);
  at("view").addEventListener("change", show);
  return {
    async from(stream, signal, slowly) {
      const own = [];
      for await (const piece of stream) {
        if (signal.aborted) return;
        own.push(piece);
        [moments, steps] = [own, piece.steps];
        Object.assign(at("moment"), { max: steps, disabled: false, value: piece.step });
        at("none").hidden = true;
        at("samples").hidden = false;
        show();
        await new Promise((go) => (slowly ? setTimeout(go, MOMENT) : requestAnimationFrame(go)));
      }
    },
    get images() {
      return moments.at(-1)?.made.images;
    },
  };
}
