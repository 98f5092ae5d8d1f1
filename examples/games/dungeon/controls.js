// Keys, swipes, taps and buttons, all told as letters of directions or as names of what they ask for.

const KEYS = {
  ArrowLeft: "l",
  ArrowUp: "u",
  ArrowRight: "r",
  ArrowDown: "d",
  KeyA: "l",
  KeyW: "u",
  KeyD: "r",
  KeyS: "d",
};
const OTHERS = {
  KeyZ: "undo",
  KeyU: "undo",
  Backspace: "undo",
  KeyR: "restart",
  KeyH: "hint",
  KeyM: "mute",
  Enter: "next",
  Space: "next",
  Escape: "home",
};
/** Milliseconds after which what is held repeats; pixels of a swipe's first step, and of each further one. */
const [HOLD, FIRST, FURTHER] = [230, 22, 34];

export class Controls {
  /** @param told `press(letter)`, `tap(x, y)`, `ask(name)`, `touched()` */
  constructor(board, pad, told) {
    this.told = told;
    /** Directions that are held, the last one last, with when that began. */
    this.down = [];
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("keyup", ({ code }) => this.#release(KEYS[code]));
    addEventListener("blur", () => {
      this.down = [];
    });
    this.#swipes(board);
    for (const button of pad.querySelectorAll("button")) this.#padButton(button);
  }

  /** The direction that is held for long enough. */
  held(now) {
    const last = this.down.at(-1);
    return last && now - last.since > HOLD ? last.letter : undefined;
  }

  #hold(letter) {
    this.#release(letter);
    this.down.push({ letter, since: performance.now() });
    this.told.press(letter);
  }

  #release(letter) {
    this.down = this.down.filter((each) => each.letter !== letter);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const letter = KEYS[event.code];
    const asked = OTHERS[event.code];
    // A button that has the focus is pressed by these keys itself.
    const onButton = event.target instanceof HTMLButtonElement;
    if (asked === "next" && onButton) return;
    if (!letter && !asked) return;
    event.preventDefault();
    if (letter && !event.repeat) this.#hold(letter);
    if (asked && (!event.repeat || asked === "undo")) this.told.ask(asked);
  }

  #swipes(board) {
    let begin;
    board.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") this.told.touched();
      begin = { x: event.clientX, y: event.clientY, moved: false };
      board.setPointerCapture(event.pointerId);
    });
    board.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (!begin) return;
      const [dx, dy] = [clientX - begin.x, clientY - begin.y];
      const far = Math.max(Math.abs(dx), Math.abs(dy));
      if (far < (begin.moved ? FURTHER : FIRST)) return;
      begin = { x: clientX, y: clientY, moved: true };
      const across = Math.abs(dx) > Math.abs(dy);
      this.told.press(across ? (dx < 0 ? "l" : "r") : dy < 0 ? "u" : "d");
    });
    const end = (event) => {
      if (begin && !begin.moved && event.type === "pointerup") {
        this.told.tap(event.clientX, event.clientY);
      }
      begin = undefined;
    };
    for (const type of ["pointerup", "pointercancel"]) board.addEventListener(type, end);
  }

  #padButton(button) {
    const { letter } = button.dataset;
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.#hold(letter);
    });
    for (const type of ["pointerup", "pointercancel", "pointerleave"]) {
      button.addEventListener(type, () => this.#release(letter));
    }
    // Of a keyboard or of what reads the page aloud.
    button.addEventListener("click", (event) => {
      if (event.detail === 0) this.told.press(letter);
    });
  }
}
