// Keys and buttons, as bits of an input.

import { DOWN, JUMP, LEFT, RIGHT } from "./world.js";

const keys = {
  ...{ ArrowLeft: LEFT, KeyA: LEFT, ArrowRight: RIGHT, KeyD: RIGHT, ArrowDown: DOWN, KeyS: DOWN },
  ...{ Space: JUMP, ArrowUp: JUMP, KeyW: JUMP, KeyZ: JUMP, KeyX: JUMP, KeyK: JUMP },
};

export class Input {
  #held = new Map();
  /** Pressed since it was last asked: a short press is not missed. */
  #pressed = 0;

  /** @param buttons elements with `data-input`, one of the bits; @param told of the code of each key that is pressed */
  constructor(buttons, told) {
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const bit = keys[event.code];
      if (bit && !event.target.closest?.("button")) event.preventDefault();
      if (event.repeat) return;
      if (bit) this.#press(event.code, bit);
      told(event);
    });
    addEventListener("keyup", ({ code }) => this.#held.delete(code));
    addEventListener("blur", () => this.#held.clear());
    for (const button of buttons)
      button.addEventListener("contextmenu", (event) => event.preventDefault());
    const pad = buttons[0]?.parentElement;
    // A thumb may slide from one button to another.
    const move = (event) => {
      const under = document
        .elementFromPoint(event.clientX, event.clientY)
        ?.closest("[data-input]");
      const bit = Number(under?.dataset.input ?? 0);
      const id = `touch ${event.pointerId}`;
      if (bit === 0) this.#held.delete(id);
      else if (this.#held.get(id) !== bit) this.#press(id, bit);
    };
    const end = ({ pointerId }) => this.#held.delete(`touch ${pointerId}`);
    pad?.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      if (event.target.hasPointerCapture?.(event.pointerId))
        event.target.releasePointerCapture(event.pointerId);
      move(event);
    });
    addEventListener("pointermove", (event) => {
      if (this.#held.has(`touch ${event.pointerId}`)) move(event);
    });
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  #press(id, bit) {
    this.#held.set(id, bit);
    this.#pressed |= bit;
  }

  /** The input of the next step. */
  take() {
    let bits = this.#pressed;
    for (const bit of this.#held.values()) bits |= bit;
    this.#pressed = 0;
    return bits;
  }
}
