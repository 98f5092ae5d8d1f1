// Messages of a chat as they come, and what is refused in them.

import type { Said } from "./dialogue.js";
import { type ApiError, invalid } from "./errors.js";
import { anything, type Field, object, optional, read, text, wrongType } from "./fields.js";

const roles: Readonly<Record<string, Said["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

/** What was said, in order; the user has the last word. */
export const messages: Field<readonly Said[]> = (value, name) => {
  if (!Array.isArray(value)) throw wrongType(name, "a list of messages", value);
  if (value.length === 0) throw invalid(name, `${name} must hold at least one message`);
  const said = value.map((one, i) => messageOf(one, `${name}[${i}]`));
  const last = said.length - 1;
  if (said[last].role === "user") return said;
  const message = `the last message must be the user's, got one of ${said[last].role}`;
  throw invalid(`${name}[${last}].role`, message);
};

function messageOf(value: unknown, name: string): Said {
  const message = object(value, name);
  const given = text(message.role, `${name}.role`);
  const role = Object.hasOwn(roles, given) ? roles[given] : undefined;
  if (!role) {
    const known = Object.keys(roles).join(", ");
    const shown = JSON.stringify(given.slice(0, 40));
    throw invalid(`${name}.role`, `${name}.role must be one of ${known}, got ${shown}`);
  }
  const { content } = read(message, messageFields, `${name}.`);
  return { role, text: content };
}

/** A text, or parts of one. */
const contents: Field<string> = (value, name) => {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) throw wrongType(name, "a string or a list of parts", value);
  const parts = value.map((part, i) => {
    const at = `${name}[${i}]`;
    const type = text(object(part, at).type, `${at}.type`);
    if (type !== "text") {
      throw notSupported(`${at}.type`, `a part of type ${JSON.stringify(type.slice(0, 40))}`);
    }
    return read(part, { type: text, text }, `${at}.`).text;
  });
  return parts.join("");
};

export const refused: Field<never> = (_, name) => {
  throw notSupported(name, name);
};

const messageFields = {
  role: text,
  content: contents,
  name: optional(text, ""),
  refusal: optional(text, ""),
  annotations: optional(anything, undefined),
  tool_calls: optional(refused, undefined),
  function_call: optional(refused, undefined),
  audio: optional(refused, undefined),
};

/** `["text"]` */
export const textAlone: Field<void> = (value, name) => {
  if (!Array.isArray(value)) throw wrongType(name, "a list", value);
  if (value.some((one) => one !== "text")) throw notSupported(name, `${name} other than text`);
};

function notSupported(param: string, what: string): ApiError {
  return invalid(
    param,
    `${what} is not supported: this model reads and writes text alone`,
    "unsupported_parameter",
  );
}
