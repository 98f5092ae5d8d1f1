// What is seen: the world through a camera that looks ahead, in whole pixels that are a whole number of the screen's.

import { canvas, drawFigures, INK, makePictures } from "./art.js";
import { drawLogo } from "./logo.js";
import { backdrop, themes } from "./themes.js";
import { BLOCK, COIN, TILE } from "./tiles.js";
import { block, tilePieces } from "./tileset.js";
import { TALL, WIDE } from "./world.js";

/** Pixels that are seen at least. */
const [LEAST_WIDE, LEAST_TALL] = [190, 232];
/** Of a tall screen, where the level ends: the rest is for thumbs. */
const TALL_SCREEN = 0.64;

export class View {
  constructor(element) {
    this.element = element;
    this.context = element.getContext("2d");
    this.pictures = makePictures();
    this.tick = 0;
    this.resize();
  }

  resize() {
    const ratio = globalThis.devicePixelRatio || 1;
    const [wide, tall] = [innerWidth * ratio, innerHeight * ratio];
    const scale = Math.max(1, Math.floor(Math.min(wide / LEAST_WIDE, tall / LEAST_TALL)));
    this.width = Math.ceil(wide / scale);
    this.height = Math.ceil(tall / scale);
    Object.assign(this.element, { width: this.width, height: this.height });
    this.element.style.width = `${(this.width * scale) / ratio}px`;
    this.element.style.height = `${(this.height * scale) / ratio}px`;
    /** Where the buttons begin, in the corner above: three of 50, and some air. */
    this.barLeft = ((innerWidth - 158) * ratio) / scale;
    this.layers = undefined;
    if (this.world) this.look(this.world);
  }

  /** Shows a world from now on. */
  begin(world, theme) {
    this.world = world;
    this.name = theme;
    this.theme = themes[theme];
    this.layers = undefined;
    this.tiles = tilePieces(world, this.theme, theme === "cave");
    this.coins = [...world.cells.keys()].filter((i) => [COIN, BLOCK].includes(world.cells[i]));
    this.flattened = [];
    this.landed = 99;
    this.lead = 0.2;
    this.remember();
    this.look(world);
  }

  /** Where the level's first row is on the screen. */
  get top() {
    const tall = this.world.height * TILE;
    const room = this.height - tall;
    return this.height > 1.3 * this.width
      ? Math.round(this.height * TALL_SCREEN) - tall
      : Math.round(room - Math.min(room * 0.4, 40));
  }

  /** To be called before a step: between two steps, what moves is shown between its two places. */
  remember() {
    const { player, enemies } = this.world;
    this.was = {
      x: player.x,
      y: player.y,
      enemies: enemies.map(({ x, y }) => [x, y]),
      camera: this.camera,
    };
  }

  /** To be called after a step. */
  step() {
    this.tick++;
    this.landed++;
    const { player } = this.world;
    const to = player.facing * 0.16 + player.vx * 0.02;
    this.lead += (to - this.lead) * 0.035;
    this.look(this.world);
    for (const one of this.flattened) one.age++;
    this.flattened = this.flattened.filter(({ age }) => age < 22);
  }

  look(world) {
    const middle = world.player.x + WIDE / 2 + this.lead * this.width;
    const most = world.width * TILE - this.width;
    this.camera = Math.max(0, Math.min(most, middle - this.width / 2));
    if (Math.abs(this.camera - (this.was?.camera ?? 1e9)) > 48) this.remember();
  }

  see(event) {
    if (event.name === "landed" && event.hard > 1) this.landed = 0;
    if (event.name === "stomped") this.flattened.push({ ...event, age: 0 });
    if (event.name === "back") this.remember();
  }

  /** @param between 0 to 1: how far it is from the step before to the last one */
  draw(between, effects, { hud, logo, shut = 0 } = {}) {
    const { context, world, was } = this;
    const at = (from, to) => Math.round(from + (to - from) * between);
    const shake =
      effects.shake > 0 ? Math.round(Math.sin(effects.shake * 2.2) * (effects.shake / 4)) : 0;
    const camera = at(was.camera, this.camera);
    const top = this.top + shake;
    this.#behind(camera, top);
    context.save();
    this.#things(camera, top, effects, false);
    this.tiles.draw(context, camera, top, this.width);
    context.translate(-camera, top);
    this.#blocks(effects);
    this.#flag();
    for (const [i, one] of world.enemies.entries()) {
      if (one.alive) this.#enemy(one, at(was.enemies[i][0], one.x), at(was.enemies[i][1], one.y));
    }
    for (const one of this.flattened) this.#flat(one);
    this.#hero(at(was.x, world.player.x), at(was.y, world.player.y));
    effects.draw(context, this.pictures, drawFigures);
    context.restore();
    if (hud) this.#hud(hud);
    if (logo) drawLogo(context, this.width, this.top, this.tick, logo === "still");
    if (shut > 0)
      this.#shut(
        at(was.x, world.player.x) - camera + WIDE / 2,
        at(was.y, world.player.y) + TALL / 2 + top,
        shut,
      );
  }

  #behind(camera, top) {
    const { context, world } = this;
    const bottom = top + world.height * TILE;
    this.layers ??= backdrop(this.name, bottom);
    for (const { picture, speed, once } of this.layers) {
      if (once) {
        context.drawImage(picture, Math.round(0.35 * this.width) - picture.width / 2, 0);
        continue;
      }
      const left = -Math.floor(camera * speed) % picture.width;
      for (let x = left; x < this.width; x += picture.width) context.drawImage(picture, x, 0);
    }
    // Below an abyss it gets dark.
    context.fillStyle = INK;
    context.fillRect(0, bottom, this.width, this.height);
    for (let i = 0; i < 5; i++) {
      context.globalAlpha = 0.16;
      context.fillRect(0, bottom - 7 * (i + 1), this.width, 7 * (i + 1));
    }
    context.globalAlpha = 1;
  }

  /** Leaves in the meadow, glow in caves, snow at night. */
  #things(camera, top, effects) {
    if (effects.calm) return;
    const { context, tick, name } = this;
    context.fillStyle = this.theme.leaf;
    for (let i = 0; i < 18; i++) {
      const fall = name === "night" ? 0.35 : name === "cave" ? -0.2 : 0.15;
      const drift = name === "meadow" ? 0.5 : 0.1;
      const x =
        i * 67 + tick * drift * (1 + (i % 3) / 3) + Math.sin(tick / 40 + i) * 6 - camera * 0.7;
      const y = i * 41 + tick * fall * (1 + (i % 4) / 4);
      const wrapped = ((x % this.width) + this.width) % this.width;
      const tall = top + this.world.height * TILE;
      context.globalAlpha = 0.35 + 0.3 * Math.sin(tick / 30 + i * 2);
      context.fillRect(
        Math.floor(wrapped),
        Math.floor(((y % tall) + tall) % tall),
        i % 3 ? 1 : 2,
        1,
      );
    }
    context.globalAlpha = 1;
  }

  #blocks(effects) {
    const { context, world, coins, camera, tick } = this;
    for (const cell of coins) {
      const [x, y] = [(cell % world.width) * TILE, Math.floor(cell / world.width) * TILE];
      if (x < camera - 2 * TILE || x > camera + this.width + TILE) continue;
      const taken = world.taken[cell] === 1;
      if (world.cells[cell] === BLOCK) {
        const age = effects.bumped.get(cell) ?? 12;
        const up = age < 12 ? Math.round(Math.sin((age / 12) * Math.PI) * 5) : 0;
        block(context, x, y - up, !taken, tick);
      } else if (!taken) {
        const turn = [0, 1, 2, 1][Math.floor((tick + x / 4) / 9) % 4];
        const bob = Math.round(Math.sin((tick + x) / 18));
        context.drawImage(this.pictures.coin[turn], x + 4, y + 3 + bob);
      }
    }
  }

  #flag() {
    const { context, world, tick, pictures } = this;
    const [x, foot] = [world.goal * TILE + 7, (world.flagRow + 1) * TILE];
    const tall = 66;
    context.fillStyle = INK;
    context.fillRect(x - 1, foot - tall, 4, tall);
    context.fillRect(x - 4, foot - 4, 10, 4);
    context.fillStyle = "#fff4dc";
    context.fillRect(x, foot - tall + 1, 2, tall - 1);
    context.fillStyle = "#ffd84d";
    context.fillRect(x - 1, foot - tall - 3, 4, 4);
    const { flag } = pictures;
    for (let column = 0; column < flag.width; column++) {
      const wave = Math.round(Math.sin(tick / 9 - column / 2.4) * Math.min(1.6, column / 4));
      context.drawImage(
        flag,
        column,
        0,
        1,
        flag.height,
        x + 2 + column,
        foot - tall + 2 + wave,
        1,
        flag.height,
      );
    }
  }

  #enemy(one, x, y) {
    const frames = this.pictures.enemies[one.kind];
    const inAir = one.kind === "hopper" && one.y < one.home - 1;
    const frame =
      one.kind === "hopper"
        ? Number(inAir)
        : Math.floor(one.age / (one.kind === "flyer" ? 7 : 10)) % 2;
    this.context.drawImage(frames[frame], x, y);
  }

  #flat({ kind, x, y, age }) {
    const { context, pictures } = this;
    const tall = Math.max(3, 8 - age);
    const [source] = age < 4 ? pictures.ghosts[kind] : pictures.enemies[kind];
    context.globalAlpha = age > 14 ? 0.5 : 1;
    context.drawImage(source, 0, 2, 16, 14, Math.round(x - 10), Math.round(y + 8 - tall), 20, tall);
    context.globalAlpha = 1;
  }

  #hero(x, y) {
    const { context, pictures, world, tick } = this;
    const { player } = world;
    if (player.unhurt > 0 && Math.floor(player.unhurt / 4) % 2) return;
    const side = player.facing > 0 ? 1 : 0;
    const fast = Math.abs(player.vx);
    const shape = !player.ground
      ? player.vy < 1.2
        ? "tall"
        : "usual"
      : this.landed < 7
        ? "wide"
        : "usual";
    const body = pictures.bodies[shape][side];
    const stride = Math.floor(player.x / 7) % 4;
    const bob = player.ground && fast > 0.3 ? stride % 2 : Math.floor(tick / 26) % 2;
    const [middle, foot] = [x + WIDE / 2, y + TALL];
    const base = foot - 2 - body.height + (shape === "usual" ? bob : 0);
    const leaf = pictures.leaves[fast > 1.2 || player.vy < -1 ? "back" : "up"][side];
    context.drawImage(leaf, middle - 5 - player.facing * (fast > 1.2 ? 1 : 0), base - 4);
    this.#feet(middle, foot, player, stride);
    context.drawImage(body, middle - 7, base);
    // Eyes look where it goes, and blink.
    const eye = base + (shape === "wide" ? 2 : 3) + (player.vy < -1 ? -1 : player.vy > 1 ? 1 : 0);
    const blink = tick % 170 < 7 && player.ground;
    for (const by of [-3, 2]) {
      const ex = middle + by + player.facing - 1;
      context.fillStyle = "#ffffff";
      if (!blink) context.fillRect(ex, eye, 3, 4);
      context.fillStyle = INK;
      if (blink) context.fillRect(ex, eye + 2, 3, 1);
      else context.fillRect(ex + (side ? 1 : 0), eye + 1, 2, 3);
    }
    context.fillStyle = "#ff8b94";
    context.fillRect(middle + player.facing - 5, eye + 4, 2, 1);
    context.fillRect(middle + player.facing + 3, eye + 4, 2, 1);
  }

  #feet(middle, foot, { ground, vx, vy }, stride) {
    const { context } = this;
    const steps = [
      [-4, 0, 1, 0],
      [-3, -1, 1, 0],
      [-2, 0, -1, -1],
      [-3, 0, 2, -1],
    ];
    const [a, up, b, down] = !ground
      ? [-4, vy < 0 ? 0 : -2, 1, vy < 0 ? 1 : -1]
      : Math.abs(vx) > 0.3
        ? steps[stride]
        : [-4, 0, 1, 0];
    context.fillStyle = INK;
    context.fillRect(middle + a, foot - 3 + up, 4, 3);
    context.fillRect(middle + b, foot - 3 + down, 4, 3);
    context.fillStyle = "#e07b3c";
    context.fillRect(middle + a + 1, foot - 3 + up, 2, 2);
    context.fillRect(middle + b + 1, foot - 3 + down, 2, 2);
  }

  #hud({ hearts, coins, score, level }) {
    const { context, pictures, world, width } = this;
    for (let i = 0; i < 3; i++)
      context.drawImage(i < hearts ? pictures.heart : pictures.noHeart, 6 + 11 * i, 6);
    context.drawImage(pictures.coin[0], 6, 18);
    drawFigures(context, String(coins), 17, 20, { size: 1 });
    drawFigures(context, String(score), 6, 32, { size: 1, colour: "#ffd84d" });
    // How far it is to the flag, and which level this is.
    const room = this.barLeft - 68;
    const long = Math.max(24, Math.min(90, room));
    const [x, y] = [
      Math.round(Math.max(52, Math.min(width / 2 - long / 2, this.barLeft - long - 16))),
      9,
    ];
    const share = Math.max(0, Math.min(1, world.player.x / (world.goal * TILE)));
    context.fillStyle = INK;
    context.fillRect(x - 1, y - 1, long + 2, 5);
    context.fillStyle = "#fff4dc";
    context.fillRect(x, y, long, 3);
    context.fillStyle = "#7fd858";
    context.fillRect(x, y, Math.round(long * share), 3);
    context.drawImage(pictures.flag, 0, 0, 13, 10, x + long - 1, y - 5, 9, 7);
    const px = x + Math.round(long * share);
    context.fillStyle = INK;
    context.fillRect(px - 3, y - 2, 7, 7);
    context.fillStyle = "#ffb05c";
    context.fillRect(px - 2, y - 1, 5, 5);
    drawFigures(context, String(level), x - 2 - 4 * String(level).length, y - 1, {
      colour: "#ffffff",
    });
  }

  /** A circle around the hero closes: `shut` from 0 to 1. */
  #shut(x, y, shut) {
    const { context, width, height } = this;
    const [mask, paint] =
      this.mask?.[0].width === width && this.mask[0].height === height
        ? this.mask
        : canvas(width, height);
    this.mask = [mask, paint];
    const far = Math.hypot(width, height);
    const radius = Math.round((1 - shut) * (1 - shut) * far);
    paint.globalCompositeOperation = "source-over";
    paint.fillStyle = INK;
    paint.fillRect(0, 0, width, height);
    paint.globalCompositeOperation = "destination-out";
    for (let row = -radius; row <= radius; row++) {
      const half = Math.round(Math.sqrt(radius * radius - row * row));
      paint.fillRect(x - half, y + row, 2 * half, 1);
    }
    context.drawImage(mask, 0, 0);
  }
}
