// The hero of the day: a face of 16×16, a name, a class and a line of history. Until it is there, a hooded traveller walks.

/** A hooded traveller, as a face: RGBA. */
export function hooded() {
  const rows = [
    "................",
    "......cccc......",
    ".....cCCCCc.....",
    "....cCCCCCCc....",
    "...cCCCCCCCCc...",
    "...cCCddddCCc...",
    "..cCCddddddCCc..",
    "..cCddydydddCc..",
    "..cCddydydddCc..",
    "..cCCddddddCCc..",
    "...cCCddddCCc...",
    "...ccCCCCCCcc...",
    "..cCcccccccCCc..",
    "..cCCCCggCCCCc..",
    "..cCCCCggCCCCc..",
    "..cCCCCCCCCCCc..",
  ];
  const colours = { c: "3b2f5c", C: "5d4b8a", d: "17131f", y: "ffcf5c", g: "c98a4d" };
  const face = new Uint8ClampedArray(16 * 16 * 4);
  for (const [i, letter] of [...rows.join("")].entries()) {
    if (!colours[letter]) continue;
    const colour = Number.parseInt(colours[letter], 16);
    face.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], i * 4);
  }
  return face;
}

/** Whether a pixel is of face or shoulders in every picture, though it may look like the ground: white clothes, pale skin. */
const within = (x, y) => y >= 4 && (y === 12 ? x >= 7 && x <= 8 : x >= 4 && x <= 11);

/**
 * RGBA of a face on a plain ground: what is joined to the edge, or to what is beside the neck, and nearly of the ground's colour is let through, and so is
 * what does not hang together with the face.
 * @param pixels RGB, 16×16
 */
export function cutOut(pixels) {
  const ground = [0, 1, 2].map((c) => (pixels[c] + pixels[45 + c]) / 2);
  const like = (i) =>
    !within(i % 16, i >> 4) && ground.every((value, c) => Math.abs(pixels[i * 3 + c] - value) < 44);
  const edge = Array.from({ length: 14 }, (_, y) => [y * 16, y * 16 + 15]).flat();
  const [top, neck] = [0, 12 * 16].map((first) => Array.from({ length: 16 }, (_, x) => first + x));
  const around = spread([...edge, ...top, ...neck].filter(like), like);
  const kept = spread([8 * 16 + 8], (i) => !around.has(i));
  const face = new Uint8ClampedArray(16 * 16 * 4);
  for (const i of kept) face.set([...pixels.subarray(i * 3, i * 3 + 3), 255], i * 4);
  return face;
}

/** The pixels that are joined to these. */
function spread(from, joins) {
  const seen = new Set(from);
  for (const i of seen) {
    const [x, y] = [i % 16, i >> 4];
    const beside = [x > 0 && i - 1, x < 15 && i + 1, y > 0 && i - 16, y < 15 && i + 16];
    for (const next of beside) if (next !== false && joins(next)) seen.add(next);
  }
  return seen;
}
