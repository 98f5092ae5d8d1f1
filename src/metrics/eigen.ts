// Eigenvalues of symmetric matrices by Jacobi rotations, in doubles. Nothing but + - * / and sqrt, which all
// engines round alike, in a fixed order: the same bits everywhere.

/** More sweeps than any matrix needs: convergence is quadratic, and 200 rows need about ten. */
const SWEEPS = 60;

/** A = Vᵀ diag(values) V. */
export interface Eigen {
  /** (n), falling. */
  readonly values: Float64Array;
  /** (n, n): row i is the unit eigenvector of `values[i]`. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations (Golub and Van Loan,
 * Matrix Computations, 8.5). The matrix is left alone. O(n³) a sweep.
 *
 * @param matrix (n, n), symmetric and finite
 */
export function eigenOf(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  let scale = 0;
  for (const value of a) scale += value * value;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p * n + q] * a[p * n + q];
    // Below this no rotation changes a double of the diagonal that matters.
    if (off <= scale * 1e-32) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => a[j * n + j] - a[i * n + i] || i - j,
  );
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) {
    values[to] = a[from * n + from];
    vectors.set(v.subarray(from * n, (from + 1) * n), to * n);
  }
  return { values, vectors };
}

/** The rotation of axes p and q that makes a[p, q] zero. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const app = a[p * n + p];
  const aqq = a[q * n + q];
  const theta = (aqq - app) / (2 * apq);
  const root = Math.sqrt(theta * theta + 1);
  // The smaller angle; where theta² overflows, its limit.
  const t = theta >= 0 ? 1 / (theta + root) : 1 / (theta - root);
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const [rowP, rowQ] = [p * n, q * n];
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[rowP + k], a[rowQ + k]];
    a[rowP + k] = c * x - s * y;
    a[rowQ + k] = s * x + c * y;
    const [f, g] = [v[rowP + k], v[rowQ + k]];
    v[rowP + k] = c * f - s * g;
    v[rowQ + k] = s * f + c * g;
  }
  // The columns are the rows again, and the four in the middle are known.
  for (let k = 0; k < n; k++) {
    a[k * n + p] = a[rowP + k];
    a[k * n + q] = a[rowQ + k];
  }
  a[rowP + p] = app - t * apq;
  a[rowQ + q] = aqq + t * apq;
  a[rowP + q] = 0;
  a[rowQ + p] = 0;
}

/** The symmetric square root of a matrix without negative eigenvalues (those of rounding count as 0). */
export function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = eigenOf(matrix, n);
  const out = new Float64Array(n * n);
  for (let e = 0; e < n; e++) {
    const root = Math.sqrt(Math.max(0, values[e]));
    for (let i = 0; i < n; i++) {
      const factor = root * vectors[e * n + i];
      for (let j = 0; j < n; j++) out[i * n + j] += factor * vectors[e * n + j];
    }
  }
  return out;
}

/** A B of two (n, n) matrices. */
export function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) out[i * n + j] += factor * b[k * n + j];
    }
  }
  return out;
}
