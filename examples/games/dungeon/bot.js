// Plays the page by itself, by the keys and buttons that people use, and measures frames: for tests. In a page's console:
// (await import("./bot.js")).startBot()

import { startMaker } from "./maker.js";

const KEYS = { l: "ArrowLeft", u: "ArrowUp", r: "ArrowRight", d: "ArrowDown" };
const at = (id) => document.getElementById(id);

function press(code) {
  for (const type of ["keydown", "keyup"]) dispatchEvent(new KeyboardEvent(type, { code }));
}

/** @returns `frames`, milliseconds each; `solved`, how many rooms; `days`; `stop()` */
export function startBot() {
  const maker = startMaker();
  const bot = { frames: [], solved: 0, days: 0, stop: () => (stopped = true) };
  let stopped = false;
  let before;
  let room;

  /** What is to be done in the room that is shown. */
  async function look() {
    const { room: text, number } = at("play").dataset;
    room = { number, moves: undefined, tried: false };
    const own = room;
    const moves = await maker.solution(text);
    if (own === room) room.moves = moves.toLowerCase();
  }

  /** Undo, hint and restart are tried once, then it is solved. */
  function play() {
    const { number, solved, moves = "" } = at("play").dataset;
    if (!at("wait").hidden) return;
    if (room?.number !== number) look();
    if (!room.moves || solved === number) return;
    const done = moves.length;
    if (!room.tried && done === 1) {
      press("KeyH");
      press("KeyZ");
      press("KeyR");
      room.tried = true;
      room.pressed = undefined;
      return;
    }
    if (room.pressed === done) return;
    room.pressed = done;
    press(KEYS[room.moves[done]]);
  }

  /** Another day, the day before first. */
  function another() {
    bot.days++;
    at("win-days").click();
    const open = [...document.querySelectorAll(".day:not(.all):not(:disabled)")];
    const turn = document.querySelector("#month .bar button");
    if (open.length > 0) open.at(-1).click();
    else turn.click();
  }

  const acts = {
    title: () => at("begin").click(),
    card: () => at("enter").click(),
    play,
    win: another,
  };
  let waits = 0;
  function frame(now) {
    if (stopped) return;
    if (before !== undefined) bot.frames.push(now - before);
    before = now;
    const { screen } = document.body.dataset;
    // Screens are shown for a moment.
    if (screen === "play") {
      waits = 0;
      play();
    } else if (++waits > 40) {
      waits = 0;
      room = undefined;
      acts[screen]();
    }
    bot.solved = Number(at("play").dataset.count ?? 0);
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);
  return bot;
}
