// Enemies: what each kind does in a step. They wake when the player comes near, wherever the screen ends.

import { isFloor, isWall, TILE } from "./tiles.js";

/** Pixels at which they wake. */
const NEAR = 18 * TILE;
const SIZE = 16;

const speeds = { walker: 0.55, spiky: 0.35 };
/** Steps from jump to jump, and of them those on the ground. */
const [PERIOD, REST] = [96, 50];
const [HOP, GRAVITY] = [3.9, 0.17];
/** Pixels that a flyer goes up and down, and steps it takes from one end to the other. */
const [SWAY, SWAYING] = [22, 66];

export function newEnemy(kind, x, y) {
  // Neighbours do not move as one.
  const phase = (Math.floor(x / TILE) * 37) % 97;
  return {
    kind,
    x,
    y,
    home: y,
    vx: -(speeds[kind] ?? 0),
    vy: 0,
    age: phase,
    awake: false,
    alive: true,
  };
}

export function moveEnemy(world, one) {
  if (!one.awake) {
    if (Math.abs(one.x - world.player.x) > NEAR) return;
    one.awake = true;
  }
  one.age++;
  moves[one.kind](one, world);
}

const moves = { walker: walk, spiky: walk, hopper: hop, flyer: fly };

/** Turns at walls and where the ground ends. */
function walk(one, world) {
  const front = one.vx < 0 ? one.x + 1 + one.vx : one.x + SIZE - 1 + one.vx;
  const column = Math.floor(front / TILE);
  const row = Math.floor(one.y / TILE);
  const free = !isWall(world, column, row) && isFloor(world, column, row + 1);
  if (free && column >= 0 && column < world.width) one.x += one.vx;
  else one.vx = -one.vx;
}

/** Jumps where it is. */
function hop(one, world) {
  const moment = one.age % PERIOD;
  if (moment === REST) one.vy = -HOP;
  if (moment < REST) return;
  one.vy += GRAVITY;
  const to = one.y + one.vy;
  if (one.vy < 0 && isWall(world, Math.floor((one.x + 8) / TILE), Math.floor(to / TILE)))
    one.vy = 0;
  else one.y = Math.min(one.home, to);
}

/** Up and down, at an even pace. */
function fly(one) {
  const moment = one.age % (2 * SWAYING);
  const share = (moment < SWAYING ? moment : 2 * SWAYING - moment) / SWAYING;
  // Slower at both ends.
  const eased = share * share * (3 - 2 * share);
  one.y = one.home + (2 * eased - 1) * SWAY;
}

/** Whether it touches a box; they are a little smaller than they look. */
export function meet(one, { x, y }, wide, tall) {
  return x + wide > one.x + 2 && x < one.x + SIZE - 2 && y + tall > one.y + 3 && y < one.y + SIZE;
}
