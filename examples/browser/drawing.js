// A canvas to draw on, pixel by pixel, with a pointer or with keys.

const PAPER = "#ffffff";
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param paper the element around the canvas, which has the keyboard's focus
 * @param cursor the element that shows where the keys are
 * @param brush gives the brush's colour, undefined where it leaves nothing, and its size in pixels
 * @param changed is called after each change
 */
export function drawing(canvas, paper, cursor, brush, changed) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  paper.tabIndex = 0;
  let last;
  let place = [0, 0];

  const paint = ([x, y]) => {
    const { colour, size } = brush();
    const before = Math.floor((size - 1) / 2);
    const square = [x - before, y - before, size, size];
    context.clearRect(...square);
    if (colour === undefined) return;
    context.fillStyle = colour;
    context.fillRect(...square);
  };
  /** A line, so that a fast pointer leaves no gaps. */
  const line = ([x, y]) => {
    const [fromX, fromY] = last ?? [x, y];
    const count = Math.max(1, Math.abs(x - fromX), Math.abs(y - fromY));
    for (let i = 0; i <= count; i++) {
      const along = (from, to) => Math.round(from + ((to - from) * i) / count);
      paint([along(fromX, x), along(fromY, y)]);
    }
    last = [x, y];
    changed();
  };
  const pixelOf = ({ offsetX, offsetY }) => [
    Math.floor((offsetX / canvas.clientWidth) * canvas.width),
    Math.floor((offsetY / canvas.clientHeight) * canvas.height),
  ];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = undefined;
    place = pixelOf(event);
    line(place);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) line(pixelOf(event));
  });
  paper.addEventListener("keydown", (event) => {
    const { key } = event;
    if (!MOVES[key] && key !== " ") return;
    event.preventDefault();
    const [x, y] = MOVES[key] ?? [0, 0];
    place = [
      Math.min(canvas.width - 1, Math.max(0, place[0] + x)),
      Math.min(canvas.height - 1, Math.max(0, place[1] + y)),
    ];
    if (key === " ") {
      paint(place);
      changed();
    }
    point();
  });
  const point = () => {
    cursor.hidden = !paper.matches(":focus-visible");
    cursor.style.left = `${(100 * place[0]) / canvas.width}%`;
    cursor.style.top = `${(100 * place[1]) / canvas.height}%`;
    cursor.style.width = `${100 / canvas.width}%`;
    cursor.style.height = `${100 / canvas.height}%`;
  };
  paper.addEventListener("focus", point);
  paper.addEventListener("blur", point);

  const clear = () => {
    context.fillStyle = PAPER;
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  return {
    get image() {
      return context.getImageData(0, 0, canvas.width, canvas.height);
    },
    show(image) {
      canvas.width = image.width;
      canvas.height = image.height;
      context.putImageData(image, 0, 0);
    },
    /** An empty picture of this size. */
    clear(width = canvas.width, height = canvas.height) {
      canvas.width = width;
      canvas.height = height;
      place = [width >> 1, height >> 1];
      clear();
    },
  };
}

/**
 * Buttons of colours before an input for any other one.
 * @param picked is told which colour
 * @returns what picks one
 */
export function palette(element, input, colours, picked) {
  const swatches = colours.map((value) => {
    const button = document.createElement("button");
    button.type = "button";
    button.style.background = value;
    button.ariaLabel = value;
    button.value = value;
    button.addEventListener("click", () => pick(value));
    return button;
  });
  element.firstElementChild.after(...swatches);
  const pick = (value, ofInput = false) => {
    for (const button of swatches) button.ariaPressed = String(!ofInput && button.value === value);
    picked(value);
  };
  for (const event of ["click", "input"]) {
    input.addEventListener(event, () => pick(input.value, true));
  }
  return pick;
}
