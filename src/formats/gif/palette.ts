// The at most 256 colours of a picture in a GIF: its own where they are so few, else some that are near. Only sums, products
// and quotients, in a fixed order: the same colours in every runtime.

/** What is transparent. */
export const CLEAR = -1;

/** How many pixels have each colour; colours are r · 65536 + g · 256 + b. */
export function counted(colours: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const colour of colours) {
    if (colour !== CLEAR) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return counts;
}

/** Colours, at most so many, and which of them stands for each that there was. */
export function chosen(
  counts: ReadonlyMap<number, number>,
  most: number,
): { readonly palette: Uint8Array; readonly places: ReadonlyMap<number, number> } {
  const own = [...counts.keys()].sort((a, b) => a - b);
  const palette = own.length <= most ? own : means(own, counts, most);
  const places = new Map(
    own.map((colour, i) => [colour, palette === own ? i : nearest(colour, palette)]),
  );
  return { palette: Uint8Array.from(palette.flatMap(channels)), places };
}

/** Some of the colours, and how far they are apart. */
interface Box {
  readonly colours: readonly number[];
  /** Of the axis along which they are farthest apart: Σ n (c - mean)². */
  readonly spread: number;
  readonly axis: number;
  /** Of that axis. */
  readonly mean: number;
}

/** The box whose colours are farthest apart is cut at its mean, until there are enough; of each, its mean. */
function means(
  own: readonly number[],
  counts: ReadonlyMap<number, number>,
  most: number,
): number[] {
  const boxes = [boxOf(own, counts)];
  while (boxes.length < most) {
    let widest = 0;
    for (let i = 1; i < boxes.length; i++) {
      if (boxes[i].spread > boxes[widest].spread) widest = i;
    }
    const { colours, axis, mean, spread } = boxes[widest];
    if (spread === 0) break;
    const below = colours.filter((colour) => channels(colour)[axis] <= mean);
    const above = colours.filter((colour) => channels(colour)[axis] > mean);
    boxes[widest] = boxOf(below, counts);
    boxes.push(boxOf(above, counts));
  }
  const all = boxes.map(({ colours }) => {
    const [r, g, b] = [0, 1, 2].map((axis) => Math.floor(sumsOf(colours, counts, axis).mean + 0.5));
    return (r << 16) | (g << 8) | b;
  });
  return [...new Set(all)].sort((a, b) => a - b);
}

function boxOf(colours: readonly number[], counts: ReadonlyMap<number, number>): Box {
  const [r, g, b] = [0, 1, 2].map((axis) => ({ colours, axis, ...sumsOf(colours, counts, axis) }));
  return g.spread >= r.spread && g.spread >= b.spread ? g : r.spread >= b.spread ? r : b;
}

/** Mean, and Σ n (c - mean)² = Σ n c² - (Σ n c)² / Σ n. */
function sumsOf(colours: readonly number[], counts: ReadonlyMap<number, number>, axis: number) {
  let [all, sum, squares] = [0, 0, 0];
  for (const colour of colours) {
    const n = counts.get(colour)!;
    const value = (colour >> (16 - 8 * axis)) & 255;
    all += n;
    sum += n * value;
    squares += n * value * value;
  }
  return { mean: sum / all, spread: squares - (sum * sum) / all };
}

function nearest(colour: number, palette: readonly number[]): number {
  const r = colour >> 16;
  const g = (colour >> 8) & 255;
  const b = colour & 255;
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < palette.length; i++) {
    const one = palette[i];
    const red = r - (one >> 16);
    const green = g - ((one >> 8) & 255);
    const blue = b - (one & 255);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

function channels(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}
