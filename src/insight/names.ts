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

/** Counts how often each name was heard: the first time it is itself, then `name@2`, `name@3`. */
export function counter(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}@${count}`;
  };
}
