/** The middle value, or the mean of the two middle ones. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Median of the ratios of samples taken in the same round: what a shared machine does to both, one
 * after the other, cancels.
 */
export function pairedRatio(above, below) {
  const rounds = Math.min(above.length, below.length);
  if (rounds === 0) return undefined;
  return median(Array.from({ length: rounds }, (_, i) => above[i] / below[i]));
}

/** Least-squares slope of log y over log x: the exponent e of y = a x^e. */
export function exponent(xs, ys) {
  const lx = xs.map(Math.log);
  const ly = ys.map(Math.log);
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [mx, my] = [mean(lx), mean(ly)];
  const covariance = lx.reduce((sum, x, i) => sum + (x - mx) * (ly[i] - my), 0);
  return covariance / lx.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

/** Three significant digits, thousands grouped. */
export function show(value) {
  if (value === undefined || Number.isNaN(value)) return "";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}
