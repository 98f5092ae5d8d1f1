// Files of pairs, a pair a line; lines that give none are told, and do not stop anything.

import { constants } from "node:buffer";
import {
  type Pair,
  type PairProblem,
  type PairTextOptions,
  readPairs,
} from "../../entries/node.js";
import { Failure } from "../errors.js";
import { plural, whole } from "../show/format.js";
import { readBytes } from "./files.js";
import { complaint, notText } from "./wrong-file.js";

/** Pairs of files, in order. */
export interface PairFiles {
  readonly pairs: readonly Pair[];
  readonly problems: readonly (PairProblem & { readonly path: string })[];
}

/** Lines that are shown of many. */
const SHOWN = 5;

/** @throws Failure where no pair is left; InvalidInputError for an option that cannot be used */
export function readPairFiles(paths: readonly string[], options: PairTextOptions): PairFiles {
  const read = paths.map((path) => {
    const { pairs, problems } = readPairs(lenientText(path), options);
    return { pairs, problems: problems.map((problem) => ({ path, ...problem })) };
  });
  const pairs = read.flatMap((file) => file.pairs);
  const problems = read.flatMap((file) => file.problems);
  if (pairs.length > 0) return { pairs, problems };
  const [first] = problems;
  const why = first ? `line ${first.line}: ${first.what}` : "no line has text";
  throw new Failure(
    `${paths.join(", ")}: no pair is left; expected lines of source, tab, target. ${why}`,
  );
}

/** A file's text; bytes that are no UTF-8 become U+FFFD, so that their lines are found and reported. */
function lenientText(path: string): string {
  const bytes = readBytes(path);
  const looks = notText(bytes);
  if (looks) throw new Failure(complaint(path, "text", looks));
  try {
    return new TextDecoder().decode(bytes);
  } catch (error) {
    throw new Failure(
      `${path} is too long to be read at once: ${whole(bytes.length)} bytes, where a text has at most ` +
        `${whole(constants.MAX_STRING_LENGTH)} characters; cut it into several files`,
      { cause: error },
    );
  }
}

/** The damaged lines for people, the first few and how many; undefined where there are none. */
export function warnings({ problems }: PairFiles): string | undefined {
  const damaged = problems.filter(({ kind }) => kind === "damaged");
  if (damaged.length === 0) return undefined;
  const lines = damaged.slice(0, SHOWN).map(({ path, line, what }) => `${path}:${line}: ${what}`);
  const more = damaged.length > SHOWN ? [`… and ${whole(damaged.length - SHOWN)} more`] : [];
  const head = `${plural(damaged.length, "damaged line")} left out:`;
  return [head, ...lines, ...more].join("\n  ");
}

/** What the options left out: "; 3 duplicates and 2 of other lengths left out". */
export function leftOut({ problems }: PairFiles): string {
  const count = (kind: PairProblem["kind"]) => problems.filter((one) => one.kind === kind).length;
  const [duplicates, lengths] = [count("duplicate"), count("length")];
  const parts = [
    ...(duplicates > 0 ? [plural(duplicates, "duplicate")] : []),
    ...(lengths > 0 ? [`${whole(lengths)} of other lengths`] : []),
  ];
  return parts.length > 0 ? `; ${parts.join(" and ")} left out` : "";
}
