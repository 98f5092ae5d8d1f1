// What is given for pictures by the names of their files.

import { describe, InvalidInputError, listed } from "../../host/errors.js";

/** A name without its folders. */
export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/**
 * What is given for each picture: by its whole name, or else by its name without folders.
 * @param what is given, for errors: `caption`
 * @throws InvalidInputError where a picture has none, or two in different folders would have the same
 */
export function foundByName<T>(
  names: readonly string[],
  given: ReadonlyMap<string, T>,
  what: string,
): T[] {
  const without = names.filter((name) => !given.has(name) && !given.has(baseOf(name)));
  if (without.length > 0) {
    throw new InvalidInputError(
      `no ${what} is for ${quoted(without)}; there are some for ${quoted(given.keys()) || "none"}; give one for each picture`,
    );
  }
  const whose = new Map<string, string>();
  return names.map((name) => {
    if (given.has(name)) return given.get(name)!;
    const base = baseOf(name);
    const other = whose.get(base) ?? name;
    if (other !== name) {
      throw new InvalidInputError(
        `the ${what} of ${describe(base)} is for ${describe(other)} or for ${describe(name)}; name them with their folders`,
      );
    }
    whose.set(base, name);
    return given.get(base)!;
  });
}

function quoted(names: Iterable<string>): string {
  return listed(Array.from(names, describe));
}
