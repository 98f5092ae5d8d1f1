// One room being played: what is asked for is done move by move, each smoothly, and what is asked meanwhile waits its turn.

import { Room } from "./room.js";

/** Milliseconds of a step, of one that was asked for by a way, and of one taken back. */
const [STEP, WAY, BACK] = [115, 80, 60];

export class Play {
  /**
   * @param told `moved()` after each move, `stuck()`, `solved()` when the door opens, `left()` when the hero is gone
   */
  constructor(board, sound, told) {
    this.board = board;
    this.sound = sound;
    this.told = told;
    this.waiting = "";
    this.until = 0;
    this.ended = true;
  }

  /** @param made `{ text, solution }` */
  start({ text, solution }, stone, now) {
    this.room = new Room(text);
    this.solution = solution;
    this.waiting = "";
    this.until = now;
    this.ended = false;
    this.finish = undefined;
    this.onWay = false;
    this.board.show(this.room, { stone, door: this.room.door(solution) });
  }

  /** Nothing happens in it any more. */
  stop() {
    this.ended = true;
    this.finish = undefined;
    this.waiting = "";
  }

  /** A key or a swipe: at most one waits while another is done. */
  press(letter) {
    if (this.ended) return;
    if (this.onWay) this.waiting = "";
    this.onWay = false;
    this.waiting = this.waiting.slice(0, 1) + letter;
  }

  /** A tap: the hero goes there, or pushes what is beside. @returns whether it can be done */
  tap(cell) {
    if (this.ended) return false;
    const { room } = this;
    const beside = { [-1]: "l", [-room.width]: "u", 1: "r", [room.width]: "d" }[cell - room.player];
    if (room.crates.includes(cell)) {
      if (!beside) return false;
      this.press(beside);
      return true;
    }
    const way = room.way(cell);
    if (!way) return false;
    this.waiting = way;
    this.onWay = true;
    return true;
  }

  /** Many moves one after the other. */
  follow(moves) {
    this.waiting = moves.toLowerCase();
    this.onWay = true;
  }

  undo(now) {
    if (this.ended || !this.room.undo()) return;
    this.waiting = "";
    this.board.hintAt = undefined;
    this.board.undone(now, BACK);
    this.until = now + BACK;
    this.sound.undo();
    this.told.moved?.();
  }

  restart(now) {
    if (this.ended || this.room.moves === "") return;
    this.room.restart();
    this.waiting = "";
    this.board.hintAt = undefined;
    this.board.undone(now, 200);
    this.until = now + 200;
    this.sound.undo();
    this.told.moved?.();
  }

  /** Each frame. @param held the letter of a direction that is held, or undefined */
  tick(now, held) {
    if (!this.room) return;
    if (this.finish && now >= this.until) {
      const next = this.finish.shift();
      next?.(now);
      if (this.finish?.length === 0) this.finish = undefined;
      return;
    }
    if (this.ended || now < this.until) return;
    if (this.waiting === "" && held) this.waiting = held;
    if (this.waiting === "") return;
    const letter = this.waiting[0];
    this.waiting = this.waiting.slice(1);
    this.#move(letter, now);
  }

  #move(letter, now) {
    const { room, board, sound } = this;
    const pushed = room.move(letter);
    board.hintAt = undefined;
    if (pushed === undefined) {
      board.bumped(letter, now);
      this.until = now + STEP;
      this.waiting = "";
      sound.bump();
      return;
    }
    const ms = this.onWay ? WAY : STEP;
    // A frame's rest is not lost: steps that follow one another flow.
    const begin = now - this.until < 40 ? this.until : now;
    this.until = begin + ms;
    board.moved(letter, pushed, begin, ms);
    if (pushed >= 0) sound.push();
    else sound.step();
    if (pushed >= 0 && room.plates.includes(room.crates[pushed])) {
      board.spark(room.crates[pushed]);
      sound.plate();
    }
    this.told.moved?.();
    if (pushed >= 0 && room.solved) this.#win();
  }

  /** The door opens, the hero goes to it, and is gone. */
  #win() {
    this.ended = true;
    this.waiting = "";
    const { room, board, sound, told } = this;
    told.solved?.();
    const to = board.door === undefined ? undefined : board.door + room.width;
    const way = to === undefined ? undefined : room.way(to);
    const walk = [...(way ?? "")].map((letter) => (now) => {
      const pushed = room.move(letter);
      board.moved(letter, pushed, now, WAY);
      sound.step();
      this.until = now + WAY;
    });
    this.finish = [
      (now) => {
        board.openDoor(now);
        sound.door();
        this.until = now + 600;
      },
      ...walk,
      (now) => {
        if (way === undefined) board.vanish();
        else board.leave(now, 300);
        this.until = now + 550;
      },
      () => told.left?.(),
    ];
  }
}
