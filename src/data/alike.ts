/** Tokens at the beginning that two lists share. */
export function alike(one: Int32Array, other: Int32Array): number {
  const differs = one.findIndex((token, i) => token !== other[i]);
  return differs < 0 ? one.length : differs;
}
