// A brush on the plane, moved with a pointer or with keys.

import { SIDE } from "./point-sets.js";

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** What a key moves the brush by; with Shift so many times that. */
const [STRIDE, FAST] = [0.2, 5];

/**
 * @param paper the element around the canvas, which has the keyboard's focus
 * @param radius gives the brush's, in units of the plane
 * @param use is called with each place that the brush touches, and told whether there is more to come
 * @param moved is called where the brush has moved
 * @returns where the brush is; `shown` says whether it is to be seen
 */
export function brushOn(canvas, paper, radius, use, moved) {
  paper.tabIndex = 0;
  const brush = { x: 0, y: 0, shown: false };
  const go = (x, y, shown = true) => {
    const within = (value) => Math.min(SIDE, Math.max(-SIDE, value));
    Object.assign(brush, { x: within(x), y: within(y), shown });
    moved();
  };
  const placeOf = ({ offsetX, offsetY }) => [
    SIDE * ((2 * offsetX) / canvas.clientWidth - 1),
    SIDE * (1 - (2 * offsetY) / canvas.clientHeight),
  ];
  /** Touches the way to a place, so that a fast pointer leaves no gaps. */
  const drag = ([x, y]) => {
    const [fromX, fromY] = [brush.x, brush.y];
    const far = Math.sqrt((x - fromX) ** 2 + (y - fromY) ** 2);
    const touches = Math.floor(far / (radius() / 2));
    // What is too near waits for the pointer to go on, so a slow one leaves no more points than a fast one.
    if (touches === 0) return;
    for (let i = 1; i <= touches; i++) {
      const along = (from, to) => from + ((to - from) * i) / touches;
      use([along(fromX, x), along(fromY, y)], true);
    }
    go(x, y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    go(...placeOf(event));
    use([brush.x, brush.y], true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) drag(placeOf(event));
    else go(...placeOf(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => use(undefined, false));
  }
  const hide = () => go(brush.x, brush.y, paper.matches(":focus-visible"));
  canvas.addEventListener("pointerleave", hide);
  for (const event of ["blur", "focus"]) paper.addEventListener(event, hide);
  paper.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    if (key !== " " && !MOVES[key]) return;
    event.preventDefault();
    if (key === " ") {
      use([brush.x, brush.y], true);
      use(undefined, false);
      return;
    }
    const stride = STRIDE * (shiftKey ? FAST : 1);
    go(brush.x + stride * MOVES[key][0], brush.y + stride * MOVES[key][1]);
  });
  return brush;
}
