// Characters of games: a text model writes a sheet that keeps to a JSON Schema, and a picture model draws what was
// written. Neither model is loaded from here: a page pays for those that it has.

import { isObject } from "../host/as-given.js";
import type { CharacterMaker, CharacterParts } from "./character.js";

/**
 * What makes characters of two models: `text` writes a sheet, always JSON of the schema, and `picture` draws what was
 * written. Each has draws of its own that follow from the seed, so the same seed gives the same character everywhere.
 *
 * What is `given` is part of the schema. Where the text model knows labels of these names it is told them as well, so
 * that everything before them is written to suit.
 *
 * ```ts
 * const maker = await characterMaker({ text, picture, schema, drawing: { guidance: 3 } });
 * const { sheet, sprite } = await maker.create({ seed: 7, given: { class: "wizard" } });
 * const png = await sprite.toPNG(0);
 * ```
 *
 * @throws InvalidInputError for a schema that describes no object, or values that the picture model does not know
 */
export async function characterMaker<Sheet extends object = Record<string, unknown>>(
  parts: CharacterParts<Sheet>,
): Promise<CharacterMaker<Sheet>> {
  const given = isObject(parts) ? { ...parts, schema: asGiven(parts.schema) } : parts;
  const { newCharacterMaker } = await import("./character-maker.js");
  return newCharacterMaker(given);
}

/** A copy of plain data, since grammars are made of it later; whatever else is given stays, to be refused where it is used. */
function asGiven(schema: object): object {
  return isObject(schema) ? JSON.parse(JSON.stringify(schema)) : schema;
}
