// The words of a pair of encoders: texts that pictures are compared with.

import { checkChoice, describe, InvalidInputError } from "../../host/errors.js";
import type { Unknown } from "../../text/tokenizer.js";
import { Words } from "./caption-words.js";

/** What a pair knows of words. */
export class ImageTextWords extends Words {
  /** Texts as tokens. @throws InvalidInputError where they are none, or cannot be read */
  texts(what: string, given: unknown, unknown: Unknown = "error"): Int32Array[] {
    checkChoice("unknown", unknown, ["error", "skip"]);
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) {
      throw new InvalidInputError(`${what} must have a text at least, got an empty list`);
    }
    return list.map((text, i) => {
      const name = Array.isArray(given) ? `${what}[${i}]` : what;
      if (typeof text === "string" && text.trim() !== "") return this.encode(name, text, unknown);
      throw new InvalidInputError(
        `${name} must be a text, got ${text === "" ? "an empty one" : describe(text)}`,
      );
    });
  }
}
