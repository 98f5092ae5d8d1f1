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

/**
 * RGBA of a face on a plain ground: what is joined to the upper corners and nearly of their colour is let through.
 * @param pixels RGB, 16×16
 */
export function cutOut(pixels) {
  const face = new Uint8ClampedArray(16 * 16 * 4);
  for (let i = 0; i < 256; i++) {
    face.set(pixels.subarray(i * 3, i * 3 + 3), i * 4);
    face[i * 4 + 3] = 255;
  }
  const ground = pixels.slice(0, 3);
  const like = (i) => [0, 1, 2].every((c) => Math.abs(pixels[i * 3 + c] - ground[c]) < 40);
  const queue = [0, 15];
  for (const i of queue) {
    if (face[i * 4 + 3] === 0 || !like(i)) continue;
    face[i * 4 + 3] = 0;
    const [x, y] = [i % 16, i >> 4];
    if (x > 0) queue.push(i - 1);
    if (x < 15) queue.push(i + 1);
    if (y > 0) queue.push(i - 16);
    if (y < 15) queue.push(i + 16);
  }
  return face;
}
