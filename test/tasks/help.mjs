// What the tasks share.

/** The targets of each source, in order. */
export function targetsBySource(pairs) {
  const targets = new Map();
  for (const { source, target } of pairs) {
    targets.set(source, [...(targets.get(source) ?? []), target]);
  }
  return targets;
}
