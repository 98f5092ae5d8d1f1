/** Tokens at the beginning that two lists share. */
export function alike(one: Int32Array, other: Int32Array): number {
  const most = Math.min(one.length, other.length);
  let n = 0;
  while (n < most && one[n] === other[n]) n++;
  return n;
}
