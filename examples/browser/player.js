// Clips that move on canvases, all at one pace.

import { at } from "./page.js";
import { tiles } from "./tiles.js";

/** All that move, and what draws a frame of them. */
const players = new Set();
let frame = 0;
let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
let timer;

function tick() {
  frame++;
  for (const draw of players) draw();
}

function start(fps) {
  clearInterval(timer);
  if (playing) timer = setInterval(tick, 1000 / fps);
}

/**
 * @param fps gives frames a second
 * @returns `changed`, to call where the pace is another one
 */
export function playButton(button, fps) {
  const show = () => {
    button.textContent = playing ? "Pause all clips" : "Play all clips";
    button.ariaPressed = String(playing);
    start(fps());
  };
  button.addEventListener("click", () => {
    playing = !playing;
    show();
  });
  show();
  return show;
}

/** All clips begin again. */
export function rewind() {
  frame = 0;
}

/**
 * Clips in rows.
 * @param chosen is told which one was clicked on
 * @param played is told which frame is shown
 * @returns `show(clips)`
 */
export function clipTiles(id, columns, rows, chosen, played = () => {}) {
  const show = tiles(at(id), columns, rows, chosen);
  let clips;
  const draw = () => {
    const now = frame % clips.frames;
    show(clips.frame(now));
    played(now);
  };
  players.add(() => clips && draw());
  return (some) => {
    clips = some.first(columns * rows);
    draw();
  };
}
