// Data for a model that exists already, and the characters in them that it has never seen.

import { isConversation, messagesOf } from "../../data/conversations.js";
import { InvalidInputError, type Pair, type Seq2Seq, type Tokenizer } from "../../entries/node.js";
import type { Corpus } from "../../models/language/corpora.js";
import { Failure } from "../errors.js";
import { plural, whole } from "../show/format.js";
import { warn } from "../show/terminal.js";
import { textsOf } from "./texts.js";

/** What happens to characters that the model does not know. */
export type Unknown = "error" | "skip";

/** Characters that are shown of many. */
const SHOWN = 10;
const WAY_OUT = "--unknown skip trains without";

/**
 * The texts without characters that the tokenizer does not know; how many there were is said.
 * @throws Failure where they are not to be skipped
 */
export function knownTexts(
  tokenizer: Tokenizer,
  data: Corpus,
  unknown: Unknown,
  where: string,
): Corpus {
  const found = new Set<string>();
  let count = 0;
  let all = 0;
  for (const text of textsOf(data)) {
    for (const _ of text) all++;
    tokenizer.encode(text, (character) => {
      found.add(character);
      count++;
    });
  }
  if (count === 0) return data;
  const some = Array.from(found).slice(0, SHOWN).map(named).join(" ");
  const more = found.size > SHOWN ? ` and ${whole(found.size - SHOWN)} more` : "";
  const are = count === 1 ? "is" : "are";
  const what = `${where}: ${whole(count)} of ${plural(all, "character")} ${are} new to the model (${some}${more})`;
  if (unknown === "error") throw new Failure(`${what}; ${WAY_OUT} them`);
  warn(`${what}, left out`);
  const known = (text: string) => Array.from(text, (one) => (found.has(one) ? "" : one)).join("");
  if (typeof data === "string") return known(data);
  const changed = data.map((one) => {
    if (typeof one === "string") return known(one);
    if (!isConversation(one)) return { ...one, text: known(one.text) };
    return messagesOf("a conversation", one).map(({ content, ...rest }) => {
      return { ...rest, content: typeof content === "string" ? known(content) : content };
    });
  });
  return changed.filter((one) => textsOf([one]).some((text) => text.trim() !== ""));
}

/** The pairs that the model can read; how many others there are is said. @throws Failure */
export function knownPairs(
  { tokenizers }: Seq2Seq,
  pairs: readonly Pair[],
  unknown: Unknown,
  where: string,
): readonly Pair[] {
  let first: string | undefined;
  const known = pairs.filter(({ source, target }) => {
    try {
      tokenizers.source.encode(source);
      tokenizers.target.encode(target);
      return true;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      first ??= error.message;
      return false;
    }
  });
  const left = pairs.length - known.length;
  if (left === 0) return pairs;
  const have = left === 1 ? "has" : "have";
  const what = `${where}: ${whole(left)} of ${plural(pairs.length, "pair")} ${have} characters that are new to the model`;
  if (unknown === "error" || known.length === 0) {
    throw new Failure(`${what} (the first: ${first}); ${WAY_OUT} such pairs`);
  }
  warn(`${what}, left out`);
  return known;
}

/** What was left out of texts, because nothing can be said of it. */
export function newCharacters(data: Corpus, unknown: number): string {
  let all = 0;
  for (const text of textsOf(data)) for (const _ of text) all++;
  const are = unknown === 1 ? "is" : "are";
  return `${whole(unknown)} of ${plural(all, "character")} ${are} new to the model, and left out`;
}

/** A character as it can be seen. */
function named(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return /[\p{C}\p{Z}\p{M}]/u.test(character) ? `U+${code}` : character;
}
