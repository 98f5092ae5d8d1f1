// The colours of a style: their mean, and what makes them vary alike and apart from each other.

import type { Colours } from "./picture.js";

/** How much of the mean variance of colours is added to each: colours that a style hardly has do not count without end. */
const FLOOR = 0.05;
/** Variance of a byte's rounding, and a little more: of pictures of one colour. */
const LEAST = 1e-5;

/** x ↦ W (x - mean) */
export interface Palette {
  readonly mean: readonly number[];
  /** W (3, 3), lower triangular: Wᵀ W is the inverse of the colours' covariance. */
  readonly whiten: readonly (readonly number[])[];
  /** L (3, 3), lower triangular: L Lᵀ is the covariance. */
  readonly spread: readonly (readonly number[])[];
}

/** Of pictures together, each with its share. */
export function paletteOf(
  pictures: readonly { readonly picture: Colours; readonly share: number }[],
): Palette {
  const mean = [0, 0, 0];
  const second = [0, 1, 2].map(() => [0, 0, 0]);
  const total = pictures.reduce((sum, { share }) => sum + share, 0);
  for (const { picture, share } of pictures) {
    const { data } = picture;
    const each = (3 * share) / (total * data.length);
    for (let p = 0; p < data.length; p += 3) {
      for (let a = 0; a < 3; a++) {
        const x = data[p + a] / 255;
        mean[a] += each * x;
        for (let b = 0; b <= a; b++) second[a][b] += (each * x * data[p + b]) / 255;
      }
    }
  }
  const covariance = second.map((row, a) => row.map((value, b) => value - mean[a] * mean[b]));
  const floor = LEAST + (FLOOR * (covariance[0][0] + covariance[1][1] + covariance[2][2])) / 3;
  for (let a = 0; a < 3; a++) covariance[a][a] += floor;
  const spread = cholesky(covariance);
  return { mean, whiten: inverse(spread), spread };
}

/** L with L Lᵀ = A; reads the lower half. */
function cholesky(A: readonly (readonly number[])[]): number[][] {
  const L = A.map((row) => row.map(() => 0));
  for (let i = 0; i < L.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i][j];
      for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
      L[i][j] = i === j ? Math.sqrt(Math.max(sum, LEAST)) : sum / L[j][j];
    }
  }
  return L;
}

/** Of a lower triangular matrix. */
function inverse(L: readonly (readonly number[])[]): number[][] {
  const X = L.map((row) => row.map(() => 0));
  for (let j = 0; j < L.length; j++) {
    for (let i = j; i < L.length; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= L[i][k] * X[k][j];
      X[i][j] = sum / L[i][i];
    }
  }
  return X;
}
