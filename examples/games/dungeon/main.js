// The page: title, hero, rooms, result. Rooms and heroes come from the worker; the next one is made while this one is played.

import { COLOURS, heroFrames, icon } from "./art.js";
import { Board } from "./board.js";
import { Controls } from "./controls.js";
import { calendar, isDay, today } from "./days.js";
import { written } from "./font.js";
import { ROOMS } from "./grades.js";
import { hooded } from "./hero.js";
import { startMaker } from "./maker.js";
import { Play } from "./play.js";
import { Records } from "./records.js";
import { Sound } from "./sound.js";

const at = (id) => document.getElementById(id);
/** The one that is open. */
const dialog = () => document.querySelector("dialog[open]");
const wall = "##########";
/** The room that shows how it is played: there is but one thing to do in it. */
const FIRST = { text: `${wall}\n#@  $   .#\n${wall}`, solution: "rrRRRR" };
/** What goes on behind the title. */
const SCENE = { text: `${wall}###\n#@  $     . #\n${wall}###`, solution: "rrRRRRRR" };
/** Milliseconds after which a room that nobody plays shows what to do, if it is the first of all. */
const WAITS = 1500;
/** Milliseconds for which what went wrong is said. */
const PROBLEM = 8000;

const query = new URLSearchParams(location.search);
const records = new Records();
const sound = new Sound(records.muted);
const maker = startMaker();

let day = isDay(query.get("day")) ? query.get("day") : today();
/** A single room, of a link. */
let link = query.get("room") ?? undefined;
let screen = "title";
/** Which room is played: -1 is the one that shows how. */
let number = -1;
let hints = 0;
/** To the room that is played; the one that shows how has none. */
let roomLink;
let hero = { name: "", class: "", history: "", figures: {}, face: hooded() };
const rooms = new Map();

// ---- What is made in the worker

/** A room of the day, asked for once. */
function room(which) {
  const key = link ?? `${day} ${which}`;
  if (!rooms.has(key)) {
    const made = link ? maker.linked(link) : maker.room(day, which);
    made.catch(() => rooms.delete(key));
    rooms.set(key, made);
  }
  return rooms.get(key);
}

function meetHero() {
  const asked = day;
  hero = { name: "", class: "", history: "", figures: {}, face: hooded() };
  dress(hero.face);
  maker.hero(day).then(
    (made) => {
      if (asked !== day) return;
      hero = made;
      dress(made.face);
      if (screen === "card") showCard();
    },
    () => {},
  );
}

// ---- Boards

const board = new Board(at("board"));
const scene = new Board(at("scene"), { most: 64 });
const dance = new Board(at("dance"), { most: 64 });
const boards = [board, scene, dance];
const silent = new Proxy({}, { get: () => () => {} });

function dress(face) {
  const frames = heroFrames(face);
  board.frames = frames;
  dance.frames = frames;
  scene.frames = frames;
}

const play = new Play(board, sound, {
  moved() {
    showSteps();
    at("undo").classList.remove("calls");
    if (number === -1 && !link) pointOut(0);
  },
  solved: () => roomSolved(),
  left: () => nextRoom(),
});
const acting = new Play(scene, silent, { left: () => act() });

/** The scene behind the title begins again. */
function act() {
  acting.start(SCENE, 2, performance.now());
  acting.until = performance.now() + 900;
  acting.follow(SCENE.solution);
}

const controls = new Controls(at("board"), at("pad"), {
  press(letter) {
    sound.wake();
    if (screen === "play" && !dialog()) play.press(letter);
  },
  tap(x, y) {
    sound.wake();
    const cell = board.cellAt(x, y);
    if (cell !== undefined) play.tap(cell);
  },
  touched: () => document.body.classList.add("touch"),
  ask: (name) => asked(name),
});

let before = performance.now();
function frame(now) {
  const seconds = Math.min(0.05, (now - before) / 1000);
  before = now;
  if (screen === "play") {
    play.tick(now, controls.held(now));
    board.draw(now, seconds);
  } else if (screen === "title") {
    acting.tick(now);
    scene.draw(now, seconds);
  } else if (screen === "win") {
    dancing(now);
    dance.draw(now, seconds);
  }
  requestAnimationFrame(frame);
}

// ---- Screens

function show(name) {
  screen = name;
  document.body.dataset.screen = name;
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== name;
  for (const each of boards) each.fit();
}

function goHome() {
  play.stop();
  show("title");
  const what = link
    ? icon("closed", { scale: 4, colour: COLOURS.mint })
    : written(day, { scale: 3, colour: COLOURS.mint });
  at("day").replaceChildren(what);
  act();
}

function begin() {
  sound.wake();
  sound.press();
  if (link) return startRoom(0);
  const first = firstOpen();
  room(first);
  showCard();
  show("card");
}

/** The first room of the day that is not solved; the first of all where all are. */
function firstOpen() {
  const done = records.day(day);
  for (let i = 0; i < ROOMS; i++) if (!done[i]) return i;
  return 0;
}

function showCard() {
  const context = at("face").getContext("2d");
  context.clearRect(0, 0, 16, 16);
  context.putImageData(new ImageData(new Uint8ClampedArray(hero.face), 16, 16), 0, 0);
  at("hero-name").replaceChildren(
    written(hero.name || "· · ·", { scale: 4, colour: COLOURS.gold, shadow: COLOURS.ink }),
  );
  at("hero-class").replaceChildren(written(hero.class || " ", { scale: 2, colour: COLOURS.mint }));
  const figures = { strength: "might", wit: "wit", speed: "speed" };
  at("figures").replaceChildren(
    ...Object.entries(figures).flatMap(([name, picture]) => {
      if (hero.figures[name] === undefined) return [];
      const meter = document.createElement("span");
      meter.className = "meter";
      meter.setAttribute("role", "img");
      meter.setAttribute("aria-label", `${name} ${hero.figures[name]}`);
      for (let i = 0; i < 10; i++)
        meter.append(document.createElement(i < hero.figures[name] ? "b" : "i"));
      return [icon(picture, { scale: 2, colour: COLOURS.gold }), meter];
    }),
  );
  const width = Math.min(innerWidth * 0.92, 420) - 40;
  at("history").replaceChildren(written(hero.history || " ", { scale: 2, most: width / 2 }));
}

function enter() {
  sound.wake();
  sound.press();
  startRoom(records.learned ? firstOpen() : -1);
}

async function startRoom(which) {
  number = which;
  hints = 0;
  show("play");
  const waited = which === -1 ? FIRST : room(which);
  let made;
  if (waited instanceof Promise) {
    at("wait").hidden = false;
    try {
      made = await waited;
    } catch (error) {
      return problem(error.message);
    } finally {
      at("wait").hidden = true;
    }
    if (screen !== "play" || number !== which) return;
  } else made = waited;
  roomLink = made.link;
  at("share-room").disabled = roomLink === undefined;
  play.start(made, which === -1 ? 2 : which, performance.now());
  at("play").dataset.room = made.text;
  delete at("play").dataset.solved;
  at("play").dataset.number = String(which);
  board.fit();
  showSteps();
  showPips();
  if (which === -1) pointOut(WAITS);
  // The next one, while this one is played.
  if (!link && which + 1 < ROOMS) room(which + 1).catch(() => {});
}

/** Shows what to do in the room that shows how. */
function pointOut(after) {
  setTimeout(() => {
    if (number !== -1 || play.ended) return;
    const done = play.room.moves.length;
    const letter = FIRST.solution[done]?.toLowerCase();
    if (letter) board.hintAt = { cell: play.room.player, letter };
  }, after);
}

function showSteps() {
  at("play").dataset.moves = play.room.moves;
  const steps = play.room.moves.length;
  const par = play.solution.length;
  const colour = steps <= par ? COLOURS.white : "#9089bd";
  at("steps").replaceChildren(
    icon("steps", { scale: 2, colour: COLOURS.gold }),
    written(`${steps}/${par}`, { scale: 2, colour }),
  );
}

function showPips() {
  const done = records.day(day);
  const count = link ? 1 : ROOMS;
  at("pips").setAttribute("aria-label", link ? "one room" : `room ${number + 1} of ${ROOMS}`);
  at("pips").replaceChildren(
    ...Array.from({ length: count }, (_, i) => {
      const open = !link && done[i];
      const pip = icon(open ? "door" : "closed", {
        scale: 3,
        colour: i === number ? COLOURS.gold : open ? COLOURS.mint : "#55528a",
      });
      if (i === number) pip.classList.add("now");
      return pip;
    }),
  );
}

function roomSolved() {
  const told = at("play").dataset;
  told.solved = String(number);
  told.count = String(Number(told.count ?? 0) + 1);
  if (number === -1) {
    records.learned = true;
    return;
  }
  if (link) return;
  records.solved(day, number, { steps: play.room.moves.length, par: play.solution.length, hints });
  showPips();
}

function nextRoom() {
  if (link) return showWin();
  if (number === -1) return startRoom(firstOpen());
  const open = firstOpen();
  if (records.day(day).filter(Boolean).length === ROOMS) {
    if (number === ROOMS - 1 || open === 0)
      return number + 1 < ROOMS ? startRoom(number + 1) : showWin();
  }
  startRoom(open);
}

// ---- The end

/** Where the hero dances. */
const HALL = { text: `${wall}###\n#* *  @  * *#\n${wall}###`, solution: "" };
const dancer = new Play(dance, silent, {});
let danced = 0;

function showWin() {
  sound.win();
  at("win-day").replaceChildren(written(link ? "" : day, { scale: 3, colour: COLOURS.gold }));
  const done = link
    ? [{ steps: play.room.moves.length, par: play.solution.length, hints }]
    : records.day(day);
  at("results").replaceChildren(
    ...done.map(({ steps, par, hints: used }) => {
      const row = document.createElement("div");
      row.append(
        icon("door", { colour: COLOURS.mint }),
        written(`${steps} / ${par}`, { scale: 2 }),
        steps <= par ? icon("crown", { colour: COLOURS.gold }) : document.createElement("i"),
        used > 0 ? icon("hint", { colour: "#9089bd", scale: 2 }) : "",
      );
      return row;
    }),
  );
  show("win");
  dancer.start(HALL, 4, performance.now());
  dance.openDoor(performance.now());
  dance.fit();
}

/** The hero hops from one foot to the other, and it rains gold. */
function dancing(now) {
  if (now - danced < 420) return;
  danced = now;
  dance.left = !dance.left;
  dance.cheer(now);
}

/** The address of this page with a day, or with a room. */
function address(name, value) {
  const made = new URL(location.pathname, location.href);
  made.searchParams.set(name, value);
  return String(made);
}

/** What is told of a day. */
function result() {
  if (link) return address("room", link);
  const done = records.day(day);
  const marks = done.map(({ steps, par, hints: used }) =>
    used > 0 ? "💡" : steps <= par ? "👑" : "🚪",
  );
  const sum = (of) => done.reduce((total, each) => total + each[of], 0);
  const name = hero.name ? `${hero.name} · ` : "";
  const score = `${marks.join("")} ${sum("steps")}/${sum("par")}`;
  return `${name}Dungeon ${day}\n${score}\n${address("day", day)}`;
}

async function share(text, button) {
  sound.wake();
  sound.plate();
  try {
    await navigator.clipboard.writeText(text);
    swap(button, "done");
  } catch {
    // Where nothing may be copied it is shown, to be copied by hand.
    at("shared").value = text;
    at("copy").showModal();
    at("shared").select();
  }
}

/** A button shows another icon for a second. */
function swap(button, name) {
  const { icon: own, scale } = button.dataset;
  button.replaceChildren(icon(name, { scale: Number(scale ?? 3) }));
  setTimeout(() => button.replaceChildren(icon(own, { scale: Number(scale ?? 3) })), 1200);
}

// ---- Buttons

async function hint() {
  if (play.ended || screen !== "play") return;
  const text = play.room.now();
  const moves = await maker.solution(text).catch(() => undefined);
  if (screen !== "play" || play.ended || play.room.now() !== text) return;
  if (!moves) {
    at("undo").classList.add("calls");
    sound.bump();
    return;
  }
  hints++;
  at("play").dataset.hints = String(hints);
  sound.hint();
  board.hintAt = { cell: play.room.player, letter: moves[0].toLowerCase() };
}

const acts = {
  undo: () => play.undo(performance.now()),
  restart: () => play.restart(performance.now()),
  hint,
  mute() {
    sound.muted = !sound.muted;
    records.muted = sound.muted;
    sound.wake();
    showMute();
  },
  home: () => (dialog() ? dialog().close() : goHome()),
  next() {
    if (screen === "title") begin();
    else if (screen === "card") enter();
    else if (screen === "win") goHome();
  },
};

function asked(name) {
  sound.wake();
  if (name !== "mute" && name !== "home" && dialog()) return;
  acts[name]();
}

function showMute() {
  for (const button of document.querySelectorAll(".mute")) {
    button.replaceChildren(icon(sound.muted ? "mute" : "sound"));
    button.setAttribute("aria-pressed", String(!sound.muted));
  }
}

function showDays(shown) {
  calendar(at("month"), shown, records, day, chooseDay, showDays);
  if (!at("days").open) at("days").showModal();
}

function openDays() {
  sound.wake();
  sound.press();
  const [year, month] = day.split("-").map(Number);
  showDays({ year, month });
}

function chooseDay(date) {
  at("days").close();
  link = undefined;
  if (date !== day) {
    day = date;
    meetHero();
  }
  room(firstOpen()).catch(() => {});
  goHome();
}

let problemShown;
function problem(message) {
  at("problem").textContent = message;
  at("problem").hidden = false;
  clearTimeout(problemShown);
  problemShown = setTimeout(() => {
    at("problem").hidden = true;
  }, PROBLEM);
}

for (const button of document.querySelectorAll("[data-icon]")) {
  button.append(icon(button.dataset.icon, { scale: Number(button.dataset.scale ?? 3) }));
}
for (const name of ["undo", "restart", "hint"])
  at(name).addEventListener("click", () => asked(name));
for (const button of document.querySelectorAll(".mute"))
  button.addEventListener("click", () => asked("mute"));
for (const button of document.querySelectorAll(".go-home"))
  button.addEventListener("click", goHome);
at("begin").addEventListener("click", begin);
at("enter").addEventListener("click", enter);
at("share").addEventListener("click", () => share(result(), at("share")));
at("share-room").addEventListener("click", () => {
  if (roomLink) share(address("room", roomLink), at("share-room"));
});
at("open-days").addEventListener("click", openDays);
at("win-days").addEventListener("click", openDays);
for (const each of document.querySelectorAll("dialog")) {
  each.addEventListener("click", ({ target }) => target === each && each.close());
}
at("name").append(
  written("DUNGEON", { scale: 7, gap: 2, colour: COLOURS.gold, shadow: "#7d4a24" }),
  written("of the day", { scale: 4, colour: COLOURS.white, shadow: COLOURS.ink }),
);
showMute();
meetHero();
room(link ? 0 : firstOpen()).catch(({ message }) => {
  problem(message);
  // The rooms of the day are there all the same.
  if (link) link = undefined;
  if (screen === "title") goHome();
});
goHome();
requestAnimationFrame(frame);
