/** Heads of 32 numbers, or of 16, where that goes. */
export function suitedHeads(hidden: number): number {
  if (hidden % 32 === 0) return hidden / 32;
  return hidden % 16 === 0 ? hidden / 16 : 1;
}
