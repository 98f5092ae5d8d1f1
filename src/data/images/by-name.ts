// What is given for pictures by the names of their files. Names come from other machines than the files: from Windows,
// where folders are between "\", and from macOS, which writes "é" as two characters; and they may begin at another folder.

import { describe, InvalidInputError, listed } from "../../host/errors.js";

/** A name without its folders. */
export function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/**
 * What is given for each picture: by its own name, or else by one that is the end of its name, or of which its name is
 * the end, from a folder on.
 * @param what is given, for errors: `caption`
 * @throws InvalidInputError where a picture has none, where one would be for two pictures, or two for one
 */
export function foundByName<T>(
  names: readonly string[],
  given: Iterable<readonly [string, T]>,
  what: string,
): T[] {
  const known = new Map<string, T>();
  const entries = [...given];
  for (const [name, value] of entries) {
    const form = formOf(name);
    if (known.has(form) && JSON.stringify(known.get(form)) !== JSON.stringify(value)) {
      throw new InvalidInputError(
        `${describe(name)} has a ${what} twice, and they differ; give one for each`,
      );
    }
    known.set(form, value);
  }
  const all = byBase(known.keys());
  const places = names.map((name) => placeOf(name, all, what));
  const without = names.filter((_, i) => places[i] === undefined);
  if (without.length > 0) {
    throw new InvalidInputError(
      `no ${what} is for ${quoted(without)}; there are some for ${quoted(entries.map(([name]) => name)) || "none"}; give one for each`,
    );
  }
  const whose = new Map<string, string>();
  return names.map((name, i) => {
    const place = places[i]!;
    const other = whose.get(place) ?? name;
    if (other !== name) {
      throw new InvalidInputError(
        `the ${what} of ${describe(place)} is for ${describe(other)} or for ${describe(name)}; name them with their folders`,
      );
    }
    whose.set(place, name);
    return known.get(place)!;
  });
}

/** Of names that something is given for, those of no file. */
export function ofNoFile(given: Iterable<string>, files: Iterable<string>): string[] {
  const all = byBase(Array.from(files, formOf));
  return [...new Set(given)].filter((name) => alike(formOf(name), all).length === 0);
}

/** Which of the names that something is given for is this one's. @throws InvalidInputError where it may be two */
function placeOf(
  name: string,
  all: ReadonlyMap<string, readonly string[]>,
  what: string,
): string | undefined {
  const own = formOf(name);
  const some = alike(own, all);
  if (some.includes(own)) return own;
  const [one, two] = some.filter((other) => other.length > own.length);
  if (two !== undefined) {
    throw new InvalidInputError(
      `the ${what} of ${describe(name)} may be that of ${describe(one)} or of ${describe(two)}; name them with their folders`,
    );
  }
  // The longest end of a name says most about it.
  return some.sort((a, b) => b.length - a.length)[0];
}

/** Those of which one is the end of the other. */
function alike(own: string, all: ReadonlyMap<string, readonly string[]>): string[] {
  const some = all.get(baseOf(own)) ?? [];
  return some.filter((other) => `/${own}`.endsWith(`/${other}`) || `/${other}`.endsWith(`/${own}`));
}

/** Forms of names by what they are without folders. */
function byBase(forms: Iterable<string>): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const form of forms) {
    const some = all.get(baseOf(form));
    if (some) some.push(form);
    else all.set(baseOf(form), [form]);
  }
  return all;
}

/** A name as it is compared. */
function formOf(name: string): string {
  return name
    .normalize()
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "");
}

function quoted(names: Iterable<string>): string {
  return listed(Array.from(names, describe));
}
