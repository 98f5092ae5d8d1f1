// Ways through a latent space: directions in which pictures differ most, and from one vector to another.

import { principalComponents, projectRows } from "simdream";

/**
 * @param means latent vectors of pictures
 * @param before the directions that were shown before, to which the new ones are turned
 * @returns the middle, and directions that are one deviation long
 */
export function directions(means, before) {
  const width = means[0].length;
  const values = new Float32Array(means.length * width);
  for (const [i, mean] of means.entries()) values.set(mean, i * width);
  if (means.length < 2) return { middle: means[0], axes: plainAxes(width) };
  const { mean, components, variances } = principalComponents(
    { values, width },
    Math.min(2, width),
  );
  const axes = Array.from(variances, (variance, i) => {
    const axis = Float32Array.from(components.subarray(i * width, (i + 1) * width));
    const turned = before?.axes[i]?.length === width && dot(axis, before.axes[i]) < 0;
    const length = Math.sqrt(variance) * (turned ? -1 : 1);
    return axis.map((value) => value * length);
  });
  return { middle: Float32Array.from(mean), axes };
}

/**
 * For a model that does not read pictures: the direction in which the latent vectors go as what is made of them changes
 * most. (Härkönen et al., "GANSpace", 2020, look inside the generator; here its pictures are looked at.)
 *
 * @param latents of pictures that were made
 * @param images what was made of them
 * @param before the direction that was shown before, to which the new one is turned
 */
export function directionsOfMade(latents, images, before) {
  const rows = cells(images);
  const scores = projectRows(rows, principalComponents(rows, 1)).values;
  const axis = latents[0].map((_, d) => latents.reduce((sum, z, i) => sum + scores[i] * z[d], 0));
  const turned = before && dot(axis, before.axes[0]) < 0 ? -1 : 1;
  const length = turned * (Math.sqrt(dot(axis, axis)) || 1);
  return { axes: [axis.map((value) => value / length)] };
}

/** Means of cells of so many pixels, down and across, which say enough of what differs most. */
const CELL = 4;

function cells({ pixels, width, height, channels, length }) {
  const [across, down] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const of = across * down * channels;
  const values = new Float32Array(length * of);
  for (let p = 0; p < pixels.length; p++) {
    const place = Math.floor(p / channels) % (width * height);
    const [y, x] = [Math.floor(place / width / CELL), Math.floor((place % width) / CELL)];
    const picture = Math.floor(p / (width * height * channels));
    values[picture * of + (y * across + x) * channels + (p % channels)] += pixels[p];
  }
  return { values, width: of };
}

/** On the way from one vector to another, a fraction of it; as long as vectors there are. */
export function between(from, to, fraction) {
  const mix = (a, b) => a + (b - a) * fraction;
  const straight = from.map((value, d) => mix(value, to[d]));
  const [a, b, now] = [from, to, straight].map((vector) => Math.sqrt(dot(vector, vector)));
  return straight.map((value) => (value * mix(a, b)) / (now || 1));
}

/** One picture has no directions of its own: the first two of the space. */
function plainAxes(width) {
  return Array.from({ length: Math.min(2, width) }, (_, i) =>
    Float32Array.from({ length: width }, (_, d) => (d === i ? 1 : 0)),
  );
}

/** The latent vector so many deviations from a beginning. */
export function placeAt({ axes }, beginning, steps) {
  return beginning.map((value, d) =>
    axes.reduce((sum, axis, i) => sum + (steps[i] ?? 0) * axis[d], value),
  );
}

function dot(a, b) {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}
