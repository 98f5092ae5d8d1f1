// Two directions through a latent space: those in which the vectors of pictures differ most.

import { principalComponents } from "simdream";

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
