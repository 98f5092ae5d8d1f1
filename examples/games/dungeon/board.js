// Draws a room: stones once, what moves in every frame, light and dust over it.

import { COLOURS, crate, door, grain, picture, plate, stone, TILE, torch } from "./art.js";

const CRATE = { on: crate(true), off: crate(false) };
const PLATE = { on: plate(true), off: plate(false) };
const TORCH = [0, 1, 2].map(torch);
/** Steps of darkness, and how far torches and hero light, in tiles. */
const [DARKNESS, REACH] = [4, 4.2];
/** Pixels in which the walls are lost in the dark, and its colour, that of the page. */
const FADE = 11;
const DARK = [14, 12, 22];
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const between = (t) => Math.min(1, Math.max(0, t));

/** Where something is on its way. */
class Mover {
  constructor(x, y) {
    this.jump(x, y);
  }
  jump(x, y) {
    Object.assign(this, { from: [x, y], to: [x, y], at: 0, ms: 0 });
  }
  go(x, y, at, ms) {
    Object.assign(this, { from: this.to, to: [x, y], at, ms });
  }
  /** How much of the way is done. */
  done(now) {
    return this.ms > 0 ? between((now - this.at) / this.ms) : 1;
  }
  place(now) {
    const t = this.done(now);
    return this.from.map((from, i) => Math.round((from + (this.to[i] - from) * t) * TILE));
  }
}

export class Board {
  /** @param most pixels of the page that a tile may have */
  constructor(canvas, { most = 96 } = {}) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.most = most;
    this.frames = [];
    this.room = undefined;
    this.dust = [];
    addEventListener("resize", () => this.fit());
  }

  /**
   * @param room as room.js has it
   * @param look `{ stone, door }`: which stones, and the cell of the door
   */
  show(room, { stone: which, door: cell }) {
    this.room = room;
    this.colours = stone(which);
    this.door = cell;
    this.open = 0;
    this.opens = 0;
    this.left = false;
    this.dust = [];
    this.hintAt = undefined;
    this.gone = false;
    this.#crop();
    this.stones = this.#stones();
    this.dark = [0, 1].map((flicker) => this.#dark(flicker));
    this.doors = [0, 0.2, 0.4, 0.6, 0.8, 1].map((open) => door(open, this.colours));
    this.placed();
    this.fit();
  }

  /** Everything is where the room says, at once. */
  placed() {
    const { room } = this;
    this.hero = new Mover(...this.#at(room.player));
    this.crates = room.crates.map((crate) => new Mover(...this.#at(crate)));
  }

  #at(cell) {
    return [cell % this.room.width, Math.floor(cell / this.room.width)];
  }

  /** The part of the room that is shown: what can be walked on, and a wall around it. */
  #crop() {
    const { room } = this;
    const cells = [...room.inside.keys()]
      .filter((cell) => room.inside[cell])
      .map((c) => this.#at(c));
    const [xs, ys] = [0, 1].map((i) => cells.map((place) => place[i]));
    this.x = Math.min(...xs) - 1;
    this.y = Math.min(...ys) - 1;
    this.columns = Math.max(...xs) + 2 - this.x;
    this.rows = Math.max(...ys) + 2 - this.y;
    this.canvas.width = this.columns * TILE;
    this.canvas.height = this.rows * TILE;
  }

  /** As large as there is room for, in whole pixels of the screen. */
  fit() {
    const { parentElement } = this.canvas;
    if (!this.room || !parentElement) return;
    const { clientWidth, clientHeight } = parentElement;
    const ratio = devicePixelRatio || 1;
    const fits =
      Math.min(clientWidth / this.canvas.width, clientHeight / this.canvas.height) * ratio;
    const scale = Math.max(1, Math.floor(Math.min(fits, (this.most * ratio) / TILE)));
    this.scale = scale / ratio;
    this.canvas.style.width = `${this.canvas.width * this.scale}px`;
    this.canvas.style.height = `${this.canvas.height * this.scale}px`;
  }

  /** The cell under a point of the page; undefined outside. */
  cellAt(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const x = this.x + Math.floor((clientX - box.left) / this.scale / TILE);
    const y = this.y + Math.floor((clientY - box.top) / this.scale / TILE);
    const { room } = this;
    const cell = y * room.width + x;
    return x >= 0 && x < room.width && room.inside[cell] ? cell : undefined;
  }

  /** Middle of a cell in the page. */
  pointOf(cell) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = this.#at(cell);
    return [(x - this.x + 0.5) * TILE, (y - this.y + 0.5) * TILE].map(
      (at, i) => at * this.scale + [box.left, box.top][i],
    );
  }

  #inside(x, y) {
    const { width, height, inside } = this.room;
    return x >= 0 && y >= 0 && x < width && y < height && inside[y * width + x];
  }

  #stones() {
    const { colours } = this;
    this.torches = [];
    return picture(this.canvas.width, this.canvas.height, (box, context) => {
      box(COLOURS.void, 0, 0, this.canvas.width, this.canvas.height);
      for (let row = 0; row < this.rows; row++) {
        for (let column = 0; column < this.columns; column++) {
          const [x, y] = [this.x + column, this.y + row];
          const [left, top] = [column * TILE, row * TILE];
          if (this.#inside(x, y)) this.#floor(box, x, y, left, top, colours);
          else if (this.#near(x, y)) this.#wall(box, x, y, left, top, colours);
        }
      }
      for (const cell of this.room.plates) {
        const [x, y] = this.#at(cell);
        context.drawImage(PLATE.off, (x - this.x) * TILE, (y - this.y) * TILE);
      }
    });
  }

  /** Whether a wall stands beside something that can be walked on, corners too. */
  #near(x, y) {
    return [-1, 0, 1].some((dy) => [-1, 0, 1].some((dx) => this.#inside(x + dx, y + dy)));
  }

  #floor(box, x, y, left, top, { floor, light, dark }) {
    box((x + y) % 2 === 0 ? floor : dark, left, top, TILE, TILE);
    box(light, left, top, TILE, 1);
    box(light, left, top, 1, TILE);
    const kind = grain(x, y);
    const seam = (x + y) % 2 === 0 ? dark : floor;
    if (kind === 3) {
      box(seam, left + 4, top + 5, 1, 3);
      box(seam, left + 5, top + 7, 3, 1);
      box(seam, left + 8, top + 8, 1, 3);
    } else if (kind === 7) {
      box(light, left + 10, top + 11, 2, 1);
      box(light, left + 4, top + 12, 1, 1);
    } else if (kind === 11) {
      box(light, left + 5, top + 4, 1, 1);
      box(seam, left + 11, top + 6, 2, 1);
    }
    // Walls throw shadows.
    if (!this.#inside(x, y - 1)) {
      box("#00000055", left, top, TILE, 3);
      box("#0000002a", left, top + 3, TILE, 2);
    }
    if (!this.#inside(x - 1, y)) box("#00000033", left, top, 3, TILE);
  }

  #wall(box, x, y, left, top, { top: stone, edge, lit, brick, joint }) {
    box(stone, left, top, TILE, TILE);
    const floor = (dx, dy) => this.#inside(x + dx, y + dy);
    if (floor(0, -1)) box(edge, left, top, TILE, 2);
    if (floor(-1, 0)) box(edge, left, top, 2, TILE);
    if (floor(1, 0)) box(edge, left + TILE - 2, top, 2, TILE);
    for (const [dx, dy] of [
      [-1, -1],
      [1, -1],
    ]) {
      if (floor(dx, dy) && !floor(dx, 0) && !floor(0, dy)) {
        box(edge, left + (dx > 0 ? TILE - 2 : 0), top, 2, 2);
      }
    }
    if (!floor(0, 1)) {
      for (const dx of [-1, 1]) {
        if (floor(dx, 1) && !floor(dx, 0))
          box(edge, left + (dx > 0 ? TILE - 2 : 0), top + TILE - 2, 2, 2);
      }
      return;
    }
    // The face of the wall.
    box(joint, left, top + 4, TILE, 12);
    box(edge, left, top + 3, TILE, 1);
    for (let row = 0; row < 3; row++) {
      const shift = row % 2 === 0 ? 0 : 4;
      for (let i = -1; i < 3; i++) {
        const from = Math.max(0, i * 8 + shift);
        const to = Math.min(TILE, i * 8 + shift + 7);
        if (to <= from) continue;
        const bright = grain(2 * x + i, 3 * y + row) < 4;
        box(bright ? lit : brick, left + from, top + 4 + row * 4, to - from, 3);
        if (!bright) box(lit, left + from, top + 4 + row * 4, to - from, 1);
      }
    }
    const cell = y * this.room.width + x;
    if (cell !== this.door && (x * 5 + y * 3) % 4 === 1) this.torches.push([left, top]);
  }

  /** Darkness over all, but around torches: in steps that are dithered. */
  #dark(flicker) {
    const { width, height } = this.canvas;
    const lights = this.torches.map(([left, top]) => [left + 8, top + 10, REACH]);
    if (this.door !== undefined) {
      const [x, y] = this.#at(this.door);
      lights.push([(x - this.x) * TILE + 8, (y - this.y) * TILE + 12, 2.6]);
    }
    return picture(width, height, (_, context) => {
      const image = context.createImageData(width, height);
      const [r, g, b] = DARK;
      for (let i = 0, y = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i += 4) {
          let light = 0.32;
          for (const [lx, ly, reach] of lights) {
            const distance = Math.sqrt((x - lx) ** 2 + (y - ly) ** 2) / TILE;
            light = Math.max(light, 1 - distance / (reach + 0.2 * flicker));
          }
          const steps = (1 - light) * DARKNESS;
          const dither = (BAYER[(y % 4) * 4 + (x % 4)] + 0.5) / 16;
          const step = Math.max(0, Math.min(DARKNESS - 1, Math.floor(steps + dither - 0.5)));
          // Outwards the walls are lost in the dark.
          const lost = this.#left(x, y) / FADE < dither;
          image.data[i] = r;
          image.data[i + 1] = g;
          image.data[i + 2] = b;
          image.data[i + 3] = lost ? 255 : step * 33;
        }
      }
      context.putImageData(image, 0, 0);
    });
  }

  /** Pixels of wall that are left, from a point of it outwards: a wall is seen a tile deep, and more of its face. */
  #left(x, y) {
    const [column, row] = [Math.floor(x / TILE), Math.floor(y / TILE)];
    if (this.#inside(this.x + column, this.y + row)) return TILE;
    let most = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (!this.#inside(this.x + column + dx, this.y + row + dy)) continue;
        const far = (at, by) => (by < 0 ? at + 1 : by > 0 ? TILE - at : 0);
        const up = far(y % TILE, dy) - (dy > 0 ? TILE / 2 : 0);
        most = Math.max(most, TILE - Math.max(far(x % TILE, dx), up));
      }
    }
    return most;
  }

  // ---- What happens

  /** After room.move: everything that moved is on its way for so many milliseconds. */
  moved(letter, pushed, now, ms) {
    const time = still() ? 0 : ms;
    if (letter === "l") this.left = true;
    if (letter === "r") this.left = false;
    this.hero.go(...this.#at(this.room.player), now, time);
    this.pushing = pushed >= 0;
    if (pushed >= 0) {
      this.crates[pushed].go(...this.#at(this.room.crates[pushed]), now, time);
      this.#puff(this.room.player, 3, "#b8a58c");
    }
  }

  /** What the last undo changed goes back. */
  undone(now, ms) {
    const time = still() ? 0 : ms;
    this.hero.go(...this.#at(this.room.player), now, time);
    for (const [i, crate] of this.room.crates.entries()) {
      const [x, y] = this.#at(crate);
      if (this.crates[i].to[0] !== x || this.crates[i].to[1] !== y)
        this.crates[i].go(x, y, now, time);
    }
  }

  /** The hero runs against something. */
  bumped(letter, now) {
    if (letter === "l") this.left = true;
    if (letter === "r") this.left = false;
    this.bump = { letter, at: now };
  }

  spark(cell) {
    this.#puff(cell, 12, COLOURS.mint, 1.6);
  }

  openDoor(now) {
    this.opens = now;
    if (!still()) this.shake = now;
    if (this.door !== undefined) this.#puff(this.door, 16, COLOURS.gold, 1.4);
  }

  /** The hero goes up the stairs, or, where there is no way, in a cloud. */
  leave(now, ms) {
    if (this.door !== undefined) this.hero.go(...this.#at(this.door), now, still() ? 0 : ms);
    this.leaves = now;
    this.gone = true;
  }

  vanish() {
    this.#puff(this.room.player, 20, COLOURS.mint, 2);
    this.gone = true;
    this.leaves = -Infinity;
  }

  /** A hop, and gold over it. */
  cheer(now) {
    this.bump = { letter: "u", at: now };
    this.#puff(this.room.player, 8, Math.floor(now / 420) % 2 ? COLOURS.gold : COLOURS.mint, 2);
  }

  #puff(cell, count, colour, speed = 0.8) {
    if (still()) return;
    const [x, y] = this.#at(cell);
    for (let i = 0; i < count && this.dust.length < 150; i++) {
      const angle = Math.random() * 2 * Math.PI;
      this.dust.push({
        x: (x - this.x + 0.5) * TILE + Math.random() * 8 - 4,
        y: (y - this.y + 0.75) * TILE + Math.random() * 4 - 2,
        vx: Math.cos(angle) * speed * (0.4 + Math.random()) * 20,
        vy: Math.sin(angle) * speed * (0.4 + Math.random()) * 14 - 12 * speed,
        life: 0.3 + Math.random() * 0.5,
        colour,
      });
    }
  }

  // ---- Drawing

  draw(now, seconds) {
    if (!this.room) return;
    const { context, canvas } = this;
    const shaking = this.shake && now - this.shake < 220;
    const [sx, sy] = shaking
      ? [Math.round(Math.sin(now / 17)), Math.round(Math.cos(now / 13))]
      : [0, 0];
    context.setTransform(1, 0, 0, 1, sx, sy);
    context.drawImage(this.stones, 0, 0);
    this.#drawDoor(now);
    const flicker = still() ? 0 : Math.floor(now / 130);
    for (const [i, [left, top]] of this.torches.entries()) {
      context.drawImage(TORCH[(flicker + i) % 3], left + 5, top + 4);
    }
    this.#drawThings(now);
    this.#drawHint(now);
    const dark = this.dark[Math.floor(flicker / 3) % 2];
    context.drawImage(dark, 0, 0);
    this.#drawDust(seconds);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (shaking) {
      context.fillStyle = COLOURS.void;
      if (sx !== 0) context.fillRect(sx > 0 ? 0 : canvas.width - 1, 0, 1, canvas.height);
      if (sy !== 0) context.fillRect(0, sy > 0 ? 0 : canvas.height - 1, canvas.width, 1);
    }
  }

  #drawDoor(now) {
    if (this.door === undefined) return;
    const [x, y] = this.#at(this.door);
    const open = this.opens > 0 ? between((now - this.opens) / (still() ? 1 : 450)) : 0;
    this.context.drawImage(
      this.doors[Math.floor(open * 5)],
      (x - this.x) * TILE,
      (y - this.y) * TILE,
    );
  }

  /** Plates with crates on them shine; crates and hero, from the back to the front. */
  #drawThings(now) {
    const { context, room } = this;
    const list = this.crates.map((mover, i) => {
      const [left, top] = mover.place(now);
      const done = mover.done(now) > 0.6 && room.plates.includes(room.crates[i]);
      return { left, top, picture: done ? CRATE.on : CRATE.off, cell: done ? room.crates[i] : -1 };
    });
    for (const { cell } of list) {
      if (cell < 0) continue;
      const [x, y] = this.#at(cell);
      context.drawImage(PLATE.on, (x - this.x) * TILE, (y - this.y) * TILE);
    }
    const hero = this.#heroAt(now);
    if (hero) list.push(hero);
    list.sort((a, b) => a.top - b.top);
    for (const one of list) {
      const [left, top] = [one.left - this.x * TILE, one.top - this.y * TILE];
      context.fillStyle = "#00000055";
      context.fillRect(left + 3, top + 13, 10, 2);
      context.fillRect(left + 2, top + 14, 12, 1);
      if (one === hero) this.#drawHero(left, top, one);
      else context.drawImage(one.picture, left, top - 2);
    }
  }

  #heroAt(now) {
    if (this.frames.length === 0) return undefined;
    const t = this.hero.done(now);
    const leaving = this.gone ? between((now - this.leaves) / 420) : 0;
    if (leaving >= 1) return undefined;
    const [left, top] = this.hero.place(now);
    const walks = t < 1;
    const steps = Math.floor(t * 4) + (left + top > 0 ? 1 : 0);
    const frame = walks ? [1, 0, 2, 0][steps % 4] : 0;
    const idle = !walks && !still() && now % 1100 < 260 ? 1 : 0;
    let [bx, by] = [0, walks && steps % 2 === 1 ? -1 : idle];
    if (this.bump && now - this.bump.at < 120) {
      const { letter } = this.bump;
      const far = still() ? 0 : 2;
      bx += letter === "l" ? -far : letter === "r" ? far : 0;
      by += letter === "u" ? -far : letter === "d" ? far : 0;
    }
    return { left, top, bx, by, frame, leaving };
  }

  #drawHero(left, top, { bx, by, frame, leaving }) {
    const { context } = this;
    context.save();
    context.globalAlpha = 1 - leaving;
    context.translate(left + bx + (this.left ? TILE : 0), top + by - 5 - Math.round(leaving * 4));
    if (this.left) context.scale(-1, 1);
    context.drawImage(this.frames[frame], -1, -1);
    context.restore();
  }

  /** An arrow over what is to be done next. */
  #drawHint(now) {
    if (!this.hintAt || this.hero.done(now) < 1) return;
    const { cell, letter } = this.hintAt;
    const [x, y] = this.#at(cell);
    const [dx, dy] = { l: [-1, 0], u: [0, -1], r: [1, 0], d: [0, 1] }[letter];
    const pulse = still() ? 0 : Math.floor((now % 600) / 200);
    const [left, top] = [
      (x - this.x) * TILE + 8 + dx * (9 + pulse),
      // The hero's head is above the cell.
      (y - this.y) * TILE + 6 + dy * ((dy < 0 ? 16 : 9) + pulse),
    ];
    const { context } = this;
    for (const [colour, grow] of [
      [COLOURS.ink, 1],
      [COLOURS.gold, 0],
    ]) {
      context.fillStyle = colour;
      for (let i = 0; i < 4; i++) {
        const half = 3 - i + grow;
        const w = dx !== 0 ? 1 + 2 * grow : 2 * half;
        const h = dx !== 0 ? 2 * half : 1 + 2 * grow;
        context.fillRect(left + dx * i - Math.floor(w / 2), top + dy * i - Math.floor(h / 2), w, h);
      }
    }
  }

  #drawDust(seconds) {
    const { context } = this;
    for (const one of this.dust) {
      one.life -= seconds;
      one.x += one.vx * seconds;
      one.y += one.vy * seconds;
      one.vy += 60 * seconds;
      context.fillStyle = one.colour;
      const size = one.life > 0.35 ? 2 : 1;
      context.fillRect(Math.round(one.x), Math.round(one.y), size, size);
    }
    this.dust = this.dust.filter(({ life }) => life > 0);
  }
}
