// The plane on a canvas: what the discriminator finds of each place, real points, points made up, and where they are pushed.

import { SIDE } from "./point-sets.js";

/** Places of the field across and down, in the middles of as many squares. */
const PLACES = 40;
/** Points made up that have an arrow. */
const ARROWS = 120;
/** The longest arrow, in units of the plane. */
const LONGEST = 0.7;
/** How strong the field's colours are at most, of 255. */
const STRONGEST = 150;
/** A point's radius and a line's width, in pixels of the page. */
const [DOT, LINE] = [2.25, 1];

/** Where the discriminator is asked: row by row from above. */
export const places = Array.from({ length: PLACES * PLACES }, (_, i) => {
  const at = (place) => SIDE * ((2 * place + 1) / PLACES - 1);
  return Float32Array.of(at(i % PLACES), -at(Math.floor(i / PLACES)));
});

/**
 * @param keys elements that have the colours of real points, and of those made up
 * @returns `draw({ real, made, field, arrows, brush })`; each may be left out. `field` has a number for each of the places,
 *   from -1, made up, to 1, real
 */
export function planeOn(canvas, keys) {
  const context = canvas.getContext("2d");
  const small = new OffscreenCanvas(PLACES, PLACES);
  let scale = 1;
  const x = (value) => ((value / SIDE + 1) * canvas.width) / 2;
  const y = (value) => ((1 - value / SIDE) * canvas.height) / 2;

  const showField = (field, colours) => {
    const image = new ImageData(PLACES, PLACES);
    for (const [i, found] of field.entries()) {
      const [r, g, b] = colours[found > 0 ? 0 : 1].match(/\d+/g).map(Number);
      image.data.set([r, g, b, STRONGEST * Math.abs(found)], 4 * i);
    }
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  };
  const showDots = (points, colour) => {
    context.fillStyle = colour;
    context.globalAlpha = 0.75;
    context.beginPath();
    for (const [px, py] of points) {
      context.moveTo(x(px), y(py));
      context.arc(x(px), y(py), DOT * scale, 0, 7);
    }
    context.fill();
    context.globalAlpha = 1;
  };
  const showArrows = (points, field, colour) => {
    context.strokeStyle = colour;
    context.lineWidth = LINE * scale;
    context.beginPath();
    for (const [px, py] of points.slice(0, ARROWS)) {
      const [rx, ry] = rise(field, px, py);
      const slope = Math.sqrt(rx * rx + ry * ry);
      const long = LONGEST * (slope / (0.25 + slope));
      if (long < 0.05) continue;
      const [ux, uy] = [(rx / slope) * long, (ry / slope) * long];
      const [endX, endY] = [px + ux, py + uy];
      context.moveTo(x(px), y(py));
      context.lineTo(x(endX), y(endY));
      for (const side of [1, -1]) {
        context.moveTo(x(endX), y(endY));
        context.lineTo(
          x(endX - 0.3 * ux + side * 0.18 * uy),
          y(endY - 0.3 * uy - side * 0.18 * ux),
        );
      }
    }
    context.stroke();
  };
  return {
    draw({ real = [], made = [], field, arrows, brush }) {
      scale = globalThis.devicePixelRatio;
      const size = Math.max(1, Math.round(canvas.clientWidth * scale));
      if (canvas.width !== size) canvas.width = canvas.height = size;
      context.clearRect(0, 0, size, size);
      const colours = keys.map((key) => getComputedStyle(key).color);
      if (field) showField(field, colours);
      showDots(real, colours[0]);
      if (arrows) showArrows(made, arrows, colours[1]);
      showDots(made, colours[1]);
      if (!brush) return;
      context.strokeStyle = getComputedStyle(canvas).color;
      context.lineWidth = LINE * scale;
      context.beginPath();
      context.arc(x(brush.x), y(brush.y), (brush.radius / SIDE / 2) * size, 0, 7);
      context.stroke();
    },
  };
}

/** How fast the field rises at a point, a unit of the plane: to the right, and upwards. */
function rise(field, px, py) {
  const place = (value) =>
    Math.min(PLACES - 2, Math.max(1, Math.floor(((value / SIDE + 1) * PLACES) / 2)));
  const at = place(-py) * PLACES + place(px);
  const apart = (4 * SIDE) / PLACES;
  return [
    (field[at + 1] - field[at - 1]) / apart,
    (field[at - PLACES] - field[at + PLACES]) / apart,
  ];
}
