// Activations by their names.

import { checkName } from "./checks.js";

/** Whether a name is one of those that are given, in which `*` stands for any characters. */
export function chooser(names: readonly string[] | undefined): (name: string) => boolean {
  if (names === undefined) return () => true;
  const patterns = names.map(
    (name) =>
      new RegExp(
        `^${checkName(name)
          .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
          .replaceAll("*", ".*")}$`,
      ),
  );
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/**
 * Whole names of what is heard, counted: the first time it is itself, then `name@2`, `name@3`. One that begins with a dot is of the
 * layer whose part was heard before.
 */
export function counter(): (name: string) => string {
  const counts = new Map<string, number>();
  let last = "";
  return (heard) => {
    const name = heard[0] === "." ? last.replace(/\.?[^.]*$/, heard) : heard;
    last = name;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}@${count}`;
  };
}
