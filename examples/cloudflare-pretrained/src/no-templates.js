// In place of simdream/chat-templates, by an alias in wrangler.jsonc: this model has no chat template, and its Worker is 19 kB smaller.

import { InvalidInputError } from "simdream";

export function renderChat() {
  throw new InvalidInputError("this server has no chat templates");
}
