// Two pictures to begin with, as a canvas has them: a landscape with a sun, and a painting of swirls.

/** A picture of what a function gives each point, [red, green, blue] from 0 to 1; x and y go from 0 to 1. */
function drawn(width, height, colour) {
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      for (const [c, value] of colour(x / width, y / height).entries()) {
        image.data[at + c] = 255 * value;
      }
      image.data[at + 3] = 255;
    }
  }
  return image;
}

const mixed = (a, b, share) => a.map((one, c) => one + share * (b[c] - one));
/** 0 below, 1 above, and an edge as soft as that between. */
const above = (x, edge) => Math.min(1, Math.max(0, 0.5 + x / edge));

/** Hills, one behind the other, a lake and a sun. */
export function landscape(width, height) {
  const hills = [
    [0.52, 0.07, 5, 0.4, [0.55, 0.6, 0.75]],
    [0.6, 0.06, 8, 2.1, [0.35, 0.5, 0.55]],
    [0.7, 0.04, 6, 4, [0.2, 0.4, 0.3]],
  ];
  return drawn(width, height, (x, y) => {
    const sky = mixed([0.35, 0.6, 0.9], [1, 0.85, 0.65], above(y - 0.25, 0.6));
    const far = Math.hypot((x - 0.68) * (width / height), y - 0.24);
    let own = mixed(sky, [1, 0.95, 0.7], above(0.09 - far, 0.02));
    for (const [level, size, often, from, colour] of hills) {
      const top = level + size * Math.sin(often * x + from) + 0.3 * size * Math.sin(17 * x + from);
      own = mixed(own, mixed(colour, [0.9, 0.9, 0.9], 0.3 * (1 - x)), above(y - top, 0.01));
    }
    const wave = 0.04 * Math.sin(140 * y + 9 * Math.sin(11 * x));
    return mixed(own, [0.3 + wave, 0.5 + wave, 0.7 + wave], above(y - 0.84, 0.01));
  });
}

/** Bands of blue and gold, stirred about a few centres. */
export function swirls(width, height) {
  const centres = [
    [0.3, 0.35, 5],
    [0.95, 0.3, -6],
    [0.7, 0.8, 5],
    [0.1, 0.9, -4],
  ];
  return drawn(width, height, (across, y0) => {
    let [x, y] = [(across * width) / height, y0];
    for (const [cx, cy, turns] of centres) {
      const [dx, dy] = [x - cx, y - cy];
      const turn = turns * Math.exp(-14 * (dx * dx + dy * dy));
      const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
      [x, y] = [cx + cos * dx - sin * dy, cy + sin * dx + cos * dy];
    }
    const band = 0.5 + 0.5 * Math.sin(70 * y + 4 * Math.sin(9 * x) + 2 * Math.sin(31 * x - 23 * y));
    const blue = mixed([0.04, 0.1, 0.34], [0.4, 0.62, 0.78], band);
    const gold = mixed([0.8, 0.5, 0.12], [1, 0.93, 0.6], band);
    return mixed(blue, gold, above(Math.sin(7 * x + 1) * Math.sin(6 * y) - 0.35, 0.4));
  });
}
