// A room of crates and plates as it is played: pure, without a page. `#` wall, space floor, `$` crate, `.` plate, `*` crate
// on a plate, `@` player, `+` player on a plate.

/** What a step in each direction adds to column and row. */
export const STEPS = { l: [-1, 0], u: [0, -1], r: [1, 0], d: [0, 1] };

export class Room {
  /** @param text rows joined by line feeds */
  constructor(text) {
    const rows = text.trimEnd().split("\n");
    this.text = rows.join("\n");
    this.width = rows[0].length;
    this.height = rows.length;
    const symbols = [...rows.join("")];
    const places = (of) => symbols.flatMap((symbol, cell) => (of.includes(symbol) ? [cell] : []));
    this.wall = symbols.map((symbol) => symbol === "#");
    this.plates = places(".*+");
    this.start = { player: places("@+")[0], crates: places("$*") };
    this.restart();
    /** Whether the player could come there if there were no crates. */
    this.inside = this.#flood(this.player, []).map((distance) => distance >= 0);
  }

  restart() {
    this.player = this.start.player;
    this.crates = [...this.start.crates];
    /** Steps in small letters and pushes in capitals, up to now. */
    this.moves = "";
  }

  get solved() {
    return this.crates.every((cell) => this.plates.includes(cell));
  }

  #next(cell, letter) {
    const [x, y] = STEPS[letter];
    return cell + y * this.width + x;
  }

  /**
   * @param letter of the direction
   * @returns the number of the crate that was pushed, -1 where none was, undefined where it is not possible
   */
  move(letter) {
    const to = this.#next(this.player, letter);
    if (this.wall[to]) return undefined;
    const crate = this.crates.indexOf(to);
    if (crate >= 0) {
      const there = this.#next(to, letter);
      if (this.wall[there] || this.crates.includes(there)) return undefined;
      this.crates[crate] = there;
    }
    this.player = to;
    this.moves += crate >= 0 ? letter.toUpperCase() : letter;
    return crate;
  }

  /** Takes the last move back. @returns whether there was one */
  undo() {
    const last = this.moves.at(-1);
    if (last === undefined) return false;
    this.moves = this.moves.slice(0, -1);
    const back = { l: "r", u: "d", r: "l", d: "u" }[last.toLowerCase()];
    if (last < "a") {
      const crate = this.crates.indexOf(this.#next(this.player, last.toLowerCase()));
      this.crates[crate] = this.player;
    }
    this.player = this.#next(this.player, back);
    return true;
  }

  /** The player's shortest way to a cell without a push, as letters; undefined where there is none. */
  way(to) {
    const distances = this.#flood(to, this.crates);
    if (!(distances[this.player] >= 0)) return undefined;
    let way = "";
    for (let cell = this.player; cell !== to; ) {
      const letter = Object.keys(STEPS).find(
        (each) => distances[this.#next(cell, each)] === distances[cell] - 1,
      );
      way += letter;
      cell = this.#next(cell, letter);
    }
    return way;
  }

  /** How far each cell is from this one; -1 where there is no way. */
  #flood(from, crates) {
    const distances = this.wall.map(() => -1);
    if (this.wall[from] || crates.includes(from)) return distances;
    distances[from] = 0;
    const queue = [from];
    for (const cell of queue) {
      for (const letter of Object.keys(STEPS)) {
        const next = this.#next(cell, letter);
        if (next < 0 || this.wall[next] !== false || distances[next] >= 0) continue;
        if (crates.includes(next)) continue;
        distances[next] = distances[cell] + 1;
        queue.push(next);
      }
    }
    return distances;
  }

  /**
   * The wall where the door is: over a floor that the player reaches when all is done, as far up and as much in the middle
   * as there is.
   * @param solution moves that solve the room
   */
  door(solution) {
    const after = new Room(this.text);
    for (const move of solution) after.move(move.toLowerCase());
    const distances = after.#flood(after.player, after.crates);
    const middle = (this.width - 1) / 2;
    let best;
    for (const [cell, distance] of distances.entries()) {
      const above = cell - this.width;
      if (distance < 0 || !this.wall[above]) continue;
      const row = Math.floor(cell / this.width);
      const off = 2 * row + Math.abs((cell % this.width) - middle);
      if (!best || off < best.off) best = { off, cell: above };
    }
    return best?.cell;
  }

  /** The room as it is now. */
  now() {
    const symbol = (cell) => {
      const plate = this.plates.includes(cell);
      if (this.wall[cell]) return "#";
      if (this.crates.includes(cell)) return plate ? "*" : "$";
      if (this.player === cell) return plate ? "+" : "@";
      return plate ? "." : " ";
    };
    return Array.from({ length: this.height }, (_, y) =>
      Array.from({ length: this.width }, (_, x) => symbol(y * this.width + x)).join(""),
    ).join("\n");
  }
}
