// The tokens that are put around a text: the section "post_processor".

import { checkNumber, InvalidInputError } from "../../host/errors.js";
import {
  checkList,
  checkSection,
  checkString,
  partsOf,
  refuseType,
  type Section,
} from "./sections.js";

/** Ids that come before and after the tokens of a text. */
export interface Framing {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const MOST = 64;

/** The section "post_processor". @throws InvalidInputError for what is not supported, by its type */
export function framingOf(section: unknown, size: number): Framing {
  const before: number[] = [];
  const after: number[] = [];
  for (const part of partsOf("post_processor", section, "processors")) {
    if (part.type === "ByteLevel") continue;
    if (part.type !== "TemplateProcessing") {
      refuseType("post_processor", part, "ByteLevel, TemplateProcessing or a Sequence of them");
    }
    let side = before;
    for (const item of checkList("post_processor.single", part.single, MOST)) {
      const { Sequence: text, SpecialToken: token } = checkSection("post_processor.single[]", item);
      if (text !== undefined && side === before) side = after;
      else if (token === undefined) {
        throw new InvalidInputError("post_processor.single must hold one text and special tokens");
      } else side.push(...idsOf(part.special_tokens, token, size));
    }
    if (side === before) {
      throw new InvalidInputError("post_processor.single must hold the text, but does not");
    }
  }
  return { before, after };
}

function idsOf(specials: unknown, token: unknown, size: number): number[] {
  const name = checkString("post_processor's token", checkSection("SpecialToken", token).id);
  const known = checkSection("post_processor.special_tokens", specials);
  const described = Object.hasOwn(known, name) ? known[name] : undefined;
  const { ids } = checkSection(`post_processor.special_tokens[${JSON.stringify(name)}]`, described);
  const rule = { integer: true, min: 0, max: size - 1 };
  return checkList("ids of a special token", ids, MOST).map((id) =>
    checkNumber("an id of a special token", id, rule),
  );
}

/** A special token, and its ids. */
interface Named {
  readonly id: string;
  readonly ids: readonly number[];
}

/** The section that puts tokens before and after a text. */
export function framed(begin?: Named, end?: Named): Section {
  const used = [begin, end].flatMap((one) => one ?? []);
  const part = (one?: Named) => (one ? [{ SpecialToken: { id: one.id, type_id: 0 } }] : []);
  return {
    type: "TemplateProcessing",
    single: [...part(begin), { Sequence: { id: "A", type_id: 0 } }, ...part(end)],
    pair: [
      ...[...part(begin), { Sequence: { id: "A", type_id: 0 } }, ...part(end)],
      ...[...part(begin), { Sequence: { id: "B", type_id: 0 } }, ...part(end)],
    ],
    special_tokens: Object.fromEntries(used.map((one) => [one.id, { ...one, tokens: [one.id] }])),
  };
}
