// What flies about: dust, sparks, coins, figures. It changes nothing of the game, so it may be left out.

const GRAVITY = 0.14;

export class Effects {
  constructor(calm) {
    this.calm = calm;
    this.bits = [];
    this.said = [];
    this.shake = 0;
    /** Blocks that were bumped, and since when. */
    this.bumped = new Map();
  }

  burst(x, y, colours, { count = 8, speed = 1.6, life = 28, size = 2, up = 0 } = {}) {
    if (this.calm) count = Math.ceil(count / 3);
    for (let i = 0; i < count; i++) {
      const angle = (i / count) * 2 * Math.PI + Math.random();
      const fast = speed * (0.5 + Math.random());
      this.bits.push({
        ...{ x, y, age: 0, life: life * (0.6 + 0.6 * Math.random()), size },
        ...{ vx: Math.cos(angle) * fast, vy: Math.sin(angle) * fast - up },
        colour: colours[i % colours.length],
      });
    }
  }

  say(text, x, y, colour) {
    this.said.push({ text, x, y, colour, age: 0 });
  }

  step() {
    if (this.shake > 0) this.shake--;
    for (const one of this.bits) {
      one.age++;
      one.x += one.vx;
      one.y += one.vy;
      one.vy += GRAVITY * (one.light ?? 1);
    }
    for (const one of this.said) one.age++;
    this.bits = this.bits.filter(({ age, life }) => age < life);
    this.said = this.said.filter(({ age }) => age < 45);
    for (const [cell, age] of this.bumped) {
      if (age > 12) this.bumped.delete(cell);
      else this.bumped.set(cell, age + 1);
    }
  }

  /** What is seen of what happened. */
  see(event, world, theme) {
    const { name, x, y } = event;
    const dust = [theme.light, theme.shine, "#ffffff"];
    if (name === "jumped") this.burst(x, y, dust, { count: 5, speed: 0.9, life: 16 });
    if (name === "landed" && event.hard > 1.5)
      this.burst(x, y, dust, { count: 6, speed: 1, life: 18, up: 0.4 });
    if (name === "coin")
      this.burst(x, y, ["#ffd84d", "#fff4dc"], { count: 6, speed: 1.1, life: 20 });
    if (name === "block" || name === "bumped") this.bumped.set((y / 16) * world.width + x / 16, 0);
    if (name === "block") {
      this.bits.push({ x: x + 8, y: y - 4, vx: 0, vy: -3, age: 0, life: 26, coin: true });
      this.say("+10", x + 2, y - 18, "#ffd84d");
    }
    if (name === "stomped") {
      this.burst(x, y, ["#ffffff", "#ffd84d", "#ff8b94"], { count: 12, speed: 1.8, up: 0.8 });
      this.say(`+${20 * event.chain}`, x - 8, y - 14, "#ffffff");
      if (!this.calm) this.shake = 4;
    }
    if (name === "hurt") {
      this.burst(x, y, ["#ef5d60", "#ffffff", "#ff8b94"], { count: 14, speed: 2.2, up: 0.6 });
      if (!this.calm) this.shake = 12;
    }
    if (name === "back") this.burst(x, y, ["#ffffff", "#7fd858"], { count: 10, speed: 1.4 });
    if (name === "won") this.cheer(x, y);
  }

  cheer(x, y) {
    this.burst(x, y, ["#ffd84d", "#ef5d60", "#58b7ef", "#7fd858", "#ffffff"], {
      count: 26,
      speed: 2.6,
      life: 60,
      up: 1.6,
    });
  }

  draw(context, pictures, figures) {
    for (const { x, y, size, colour, coin, age, life } of this.bits) {
      if (coin) {
        context.drawImage(
          pictures.coin[Math.floor(age / 3) % 3],
          Math.round(x) - 4,
          Math.round(y) - 6,
        );
        continue;
      }
      context.fillStyle = colour;
      const now = age > 0.7 * life ? Math.max(1, size - 1) : size;
      context.fillRect(Math.round(x), Math.round(y), now, now);
    }
    for (const { text, x, y, colour, age } of this.said) {
      figures(context, text, Math.round(x), Math.round(y - age / 2.5), { colour });
    }
  }
}
