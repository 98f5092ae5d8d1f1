// The game: what happens between a frame and the next, between a level and the next, and when a button is pressed.

import { botInputs } from "./demo.js";
import { FIRST } from "./drawn.js";
import { Effects } from "./effects.js";
import { Input } from "./input.js";
import { firstPlace, nextPlace } from "./levels.js";
import { Sound } from "./sound.js";
import { keep, kept } from "./store.js";
import { openLevels } from "./supply.js";
import { TILE } from "./tiles.js";
import { View } from "./view.js";
import { newWorld, STEPS_A_SECOND, step } from "./world.js";

const at = (id) => document.getElementById(id);
const { body } = document;
const query = new URLSearchParams(location.search);
/** `?watch`: the program plays. */
const watching = query.has("watch");
const STEP = 1000 / STEPS_A_SECOND;
/** Steps in which the circle closes, and opens. */
const CLOSING = 34;
/** How far it closes until the next level is there. */
const WAITING = 0.85;
/** Steps in which the player is glad, or sorry. */
const [GLAD, SORRY] = [80, 60];

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const view = new View(at("screen"));
const effects = new Effects(calm);
const sound = new Sound();
const levels = openLevels("./levels.safetensors");

/** title, play, paused, won, lost. */
let state = "title";
/** Of a run: levels before this one, and what they brought. */
let run;
/** What is played: the world of a level, and the promise of the next one. */
let world;
let next;
/** Steps in this state, and since the circle began to open. */
let age = 0;
let opening = 0;
/** What the program does, a step each. */
let demo = [];

const input = new Input([...document.querySelectorAll("[data-input]")], key);

function turn(to) {
  state = to;
  age = 0;
  body.dataset.state = to;
}

/** Shows a level from its start. */
function begin(one, hearts = 3) {
  world = newWorld(one.text, { hearts });
  demo = [];
  effects.bits = [];
  view.begin(world, one.theme);
  opening = CLOSING;
  body.dataset.level = String(run?.levels ?? 0);
}

/** A level as the address has it, and the next one, which is made while it is played. */
function play(one, hearts) {
  begin(one, hearts);
  turn("play");
  next = order(one.place ? nextPlace(one.place) : run.first);
  if (one.link) history.replaceState(null, "", `?${watching ? "watch&" : ""}level=${one.link}`);
  if (watching) watch();
}

/** A level that is being made; what goes wrong is said, and tried again when it is needed. */
function order(place) {
  const made = levels.next(place);
  made.then(
    () => orderFailed && problem(""),
    (error) => {
      orderFailed = true;
      problem(error.message);
    },
  );
  return { place, made };
}

let orderFailed = false;

function problem(message) {
  at("problem").textContent = message;
  at("problem").hidden = message === "";
}

async function watch() {
  const playing = world;
  const inputs = await botInputs(world);
  if (playing === world) demo = inputs;
}

/** A run from the first level: of a seed, or of the address. */
async function start(seed) {
  run = { seed, levels: 0, distance: 0, score: 0, coins: 0, first: firstPlace(seed) };
  const asked = query.get("level");
  if (asked !== null) {
    try {
      const one = await levels.of(asked);
      run.opened = one;
    } catch (error) {
      problem(error.message);
    }
  }
  play(run.opened ?? FIRST);
}

/** The same run, from its first level. */
function again() {
  Object.assign(run, { levels: 0, distance: 0, score: 0, coins: 0 });
  play(run.opened ?? FIRST);
}

const anySeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

async function goOn() {
  const { hearts } = world;
  Object.assign(run, {
    ...{ levels: run.levels + 1, distance: run.distance + world.goal },
    ...{ score: run.score + world.score, coins: run.coins + world.coins },
  });
  turn("waiting");
  let one;
  while (!one) {
    try {
      one = await next.made;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      next = order(nextPlace(next.place));
    }
  }
  // A little is healed on the way.
  play(one, Math.min(3, hearts + 1));
}

function reached() {
  return {
    distance: run.distance + Math.max(0, Math.floor(world.player.x / TILE) - 2),
    score: run.score + world.score,
  };
}

/** Shows what was reached, and keeps what is the best. */
function count() {
  const { distance, score } = reached();
  const before = kept();
  const best = Math.max(before.distance, distance);
  if (!watching) keep({ distance: best, score: Math.max(before.score, score) });
  at("distance").textContent = distance;
  at("score").textContent = score;
  at("best").textContent = best;
  at("best").parentElement.classList.toggle("new", distance > before.distance);
}

// Steps.

const steps = {
  title() {
    // The program plays the first level, again and again, and shows which keys it presses.
    const bits = demo[world.tick] ?? 0;
    show(bits);
    if (!world.won) step(world, bits);
    else if (age > GLAD) begin(FIRST);
    else cheer();
    if (!world.won) age = 0;
  },
  play() {
    const bits = watching ? (demo[world.tick] ?? 0) : input.take();
    if (watching && demo.length === 0) return;
    step(world, bits);
    for (const event of world.events) hear(event);
    if (world.won) turn("won");
    if (world.lost) turn("lost-soon");
  },
  won() {
    cheer();
    if (age === GLAD + CLOSING) goOn();
  },
  "lost-soon"() {
    world.player.y += Math.min(6, age / 5 - 4);
    if (age < SORRY) return;
    turn("lost");
    count();
    at("again").focus();
  },
  waiting() {
    cheer();
  },
};

/** The player runs on, with little jumps. */
function cheer() {
  const { player } = world;
  player.facing = 1;
  player.vx = age < 26 ? 1.2 : 0;
  player.x = Math.min(player.x + player.vx, (world.width - 2) * TILE);
  const floor = (world.flagRow + 1) * TILE - 14;
  player.vy = player.y < floor - 0.5 ? player.vy + 0.25 : age % 22 === 0 ? -2.6 : 0;
  player.y = Math.min(floor, player.y + player.vy);
  player.ground = player.y >= floor - 0.5;
  if (age === 12 && state !== "waiting") effects.cheer(player.x, player.y - 20);
}

function hear(event) {
  const pitch = event.name === "stomped" ? 1 + 0.12 * Math.min(6, event.chain - 1) : 1;
  if (event.name !== "landed" || event.hard > 2) sound.play(event.name, pitch);
}

function tick() {
  view.remember();
  age++;
  if (opening > 0) opening--;
  world.events.length = 0;
  steps[state]?.();
  for (const event of world.events) {
    effects.see(event, world, view.theme);
    view.see(event);
  }
  effects.step();
  view.step();
  const column = String(Math.floor(world.player.x / TILE));
  if (body.dataset.column !== column) body.dataset.column = column;
}

/** Lights up the keys that are pressed. */
let shown = -1;
function show(bits) {
  if (bits === shown) return;
  shown = bits;
  for (const one of document.querySelectorAll("[data-shows]")) {
    one.classList.toggle("shown", (bits & Number(one.dataset.shows)) !== 0);
  }
}

let last = 0;
let late = 0;
function frame(now) {
  requestAnimationFrame(frame);
  let passed = Math.min(now - last, 100);
  last = now;
  // A screen of sixty frames a second: one step a frame, whatever the clock's last digits.
  if (Math.abs(passed - STEP) < 2.5) passed = STEP;
  if (state === "paused" || state === "lost") late = 0;
  else late += passed;
  while (late >= STEP - 0.01) {
    late -= STEP;
    tick();
  }
  const closing =
    state === "won"
      ? Math.min(WAITING, (age - GLAD) / CLOSING)
      : state === "waiting"
        ? WAITING
        : opening / CLOSING;
  const hud = state !== "title" && {
    ...{ hearts: world.hearts, coins: run.coins + world.coins },
    ...{ score: run.score + world.score, level: run.levels + 1 },
  };
  view.draw(Math.max(0, Math.min(1, late / STEP)), effects, {
    ...{ hud, logo: state === "title" && (calm ? "still" : "moving") },
    shut: Math.max(0, Math.min(1, calm ? Math.round(closing) : closing)),
  });
}

// Buttons and keys.

function pause() {
  if (state !== "play") return;
  turn("paused");
  count();
  at("play").focus();
}
function resume() {
  turn("play");
  at("play").blur();
}

function mute(muted) {
  sound.muted = muted;
  at("sound").setAttribute("aria-pressed", String(!muted));
}

function key({ code, target }) {
  sound.wake();
  const onButton = target.closest?.("button");
  if (code === "KeyM") at("sound").click();
  else if (code === "KeyR" && run) again();
  else if ((code === "KeyP" || code === "Escape") && state === "paused") resume();
  else if (code === "KeyP" || code === "Escape") pause();
  else if (!onButton && (code === "Enter" || code === "Space") && state === "title")
    at("play").click();
  else if (!onButton && code === "Enter" && state === "paused") resume();
}

at("play").addEventListener("click", () => {
  at("play").blur();
  if (state === "title") start(anySeed());
  else resume();
});
at("again").addEventListener("click", () => {
  at("again").blur();
  again();
});
at("other").addEventListener("click", () => {
  at("other").blur();
  query.delete("level");
  history.replaceState(null, "", location.pathname);
  start(anySeed());
});
at("pause").addEventListener("click", () => {
  at("pause").blur();
  pause();
});
at("sound").addEventListener("click", () => {
  at("sound").blur();
  mute(!sound.muted);
  keep({ muted: sound.muted });
  sound.wake();
});
at("share").addEventListener("click", async () => {
  at("share").blur();
  await copy(location.href);
  at("share").classList.add("copied");
  setTimeout(() => at("share").classList.remove("copied"), 1500);
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without leave to the clipboard, the old way.
    const area = document.createElement("textarea");
    area.value = text;
    body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

addEventListener("pointerdown", () => sound.wake());
addEventListener("resize", () => view.resize());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) pause();
});

mute(kept().muted);
begin(FIRST);
botInputs(world).then((inputs) => {
  demo = inputs;
});
if (watching) start(Number(query.get("seed") ?? 1));
requestAnimationFrame(frame);
