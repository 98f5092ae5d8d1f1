// In place of simdream/grammar, by an alias in wrangler.jsonc: this Worker takes no rules for its texts and is 17 kB smaller.

import { InvalidInputError } from "simdream";

function refuse() {
  throw new InvalidInputError("this server has no grammars");
}

export { refuse as gbnf, refuse as jsonSchema, refuse as regex };
