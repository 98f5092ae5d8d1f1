// The pixels of DiceBear's pixel art, without a browser: its paths are of whole pixels.

/** RGB bytes of an SVG of 16×16 whose paths go along the grid, on light grey. */
export function rasterised(svg) {
  const canvas = new Float64Array(16 * 16 * 3).fill(0xe8);
  const stack = [{}];
  for (const [, closing, tag, attributes, alone] of svg
    .replace(/<(metadata|mask)[\s\S]*?<\/\1>/g, "")
    .matchAll(/<(\/?)(\w+)([^>]*?)(\/?)>/g)) {
    if (closing) {
      stack.pop();
      continue;
    }
    const named = Object.fromEntries(
      Array.from(attributes.matchAll(/([\w-]+)="([^"]*)"/g), ([, name, value]) => [name, value]),
    );
    const own = { ...stack[stack.length - 1], ...named };
    if (tag === "path") paint(canvas, own);
    if (!alone) stack.push(own);
  }
  return Uint8Array.from(canvas, (value) => Math.floor(value + 0.5));
}

function paint(canvas, { d, fill, "fill-opacity": opacity = "1", "fill-rule": rule }) {
  const hex = fill.length === 4 ? fill.replace(/[^#]/g, "$&$&") : fill;
  const colour = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const edges = edgesOf(d);
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      // Edges to the left of the pixel's middle: how often the path winds round it.
      const left = edges.filter(
        ({ at, from, to }) =>
          at < x + 0.5 && Math.min(from, to) < y + 0.5 && Math.max(from, to) > y + 0.5,
      );
      const winds = left.reduce((sum, { from, to }) => sum + Math.sign(to - from), 0);
      const inside = rule === "evenodd" ? left.length % 2 === 1 : winds !== 0;
      if (!inside) continue;
      for (const [c, value] of colour.entries()) {
        const place = (y * 16 + x) * 3 + c;
        canvas[place] += (value - canvas[place]) * Number(opacity);
      }
    }
  }
}

/** The vertical edges of a path of M, H, V, L and Z: { at, from, to }. */
function edgesOf(d) {
  const edges = [];
  let [x, y, startX, startY] = [0, 0, 0, 0];
  const go = (toX, toY) => {
    if (toX !== x && toY !== y) throw new Error(`expected a path along the grid, got ${d}`);
    if (toY !== y) edges.push({ at: x, from: y, to: toY });
    [x, y] = [toX, toY];
  };
  for (const [, command, rest] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const numbers = Array.from(rest.matchAll(/-?\d*\.?\d+/g), Number);
    const relative = command === command.toLowerCase();
    const kind = command.toUpperCase();
    if (kind === "Z") go(startX, startY);
    else if (kind === "H") for (const n of numbers) go(relative ? x + n : n, y);
    else if (kind === "V") for (const n of numbers) go(x, relative ? y + n : n);
    else if (kind === "M" || kind === "L") {
      for (let i = 0; i < numbers.length; i += 2) {
        const to = [numbers[i] + (relative ? x : 0), numbers[i + 1] + (relative ? y : 0)];
        if (kind === "M" && i === 0) [x, y, startX, startY] = [...to, ...to];
        else go(...to);
      }
    } else throw new Error(`expected a path along the grid, got ${d}`);
  }
  return edges;
}
