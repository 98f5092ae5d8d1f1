// Escapes in texts that come from the command line, where a line break or a tab is hard to type.

import { UsageError } from "../errors.js";
import { given, type OptionRow } from "./options.js";

const ESCAPE = /\\(?:([nrt\\])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]+)\})/g;
const NAMED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

export const rawRow: OptionRow = [
  "--raw",
  "take texts as they are typed; without it \\n, \\r, \\t, \\\\, \\xHH, \\uHHHH and \\u{H…} are read as escapes",
];

/** Options whose texts may have escapes, as commander gives them. */
interface EscapedFlags {
  readonly raw?: boolean;
  readonly prompt?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly joiner?: string;
  readonly unsure?: string;
  readonly userPrefix?: string;
  readonly assistantPrefix?: string;
  readonly stop?: string | readonly string[];
  readonly banned?: readonly string[];
  readonly logitBias?: Readonly<Record<string, number>> | readonly unknown[];
}

const singleTexts = ["joiner", "unsure", "userPrefix", "assistantPrefix"] as const;

/** The options with their escapes replaced, unless `--raw` is among them. @throws UsageError */
export function unescaped<T extends EscapedFlags>(flags: T): T {
  if (flags.raw) return flags;
  const { prompt, label, stop, banned, logitBias } = flags;
  const each = (texts: string | readonly string[] | undefined) =>
    texts && [texts].flat().map(unescapeText);
  const single = singleTexts.map((name) => [name, flags[name] && unescapeText(flags[name])]);
  const changed = <V>(values: object | undefined, change: (entry: [string, V]) => [string, V]) =>
    values && Object.fromEntries(Object.entries(values).map(change));
  return {
    ...flags,
    ...given({
      ...Object.fromEntries(single),
      prompt: each(prompt),
      label: changed<string>(label, ([name, value]) => [name, unescapeText(value)]),
      stop: each(stop),
      banned: each(banned),
      logitBias: changed<number>(logitBias, ([piece, bias]) => [unescapeText(piece), bias]),
    }),
  };
}

/** A text with its escapes replaced; a backslash before anything else stays one. @throws UsageError */
export function unescapeText(text: string): string {
  return text.replace(ESCAPE, (found, name, ...rest) => {
    if (name) return NAMED[name];
    const code = Number.parseInt(rest.slice(0, 3).find(Boolean), 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    throw new UsageError(`${found} is no character: the last is \\u{10FFFF}`);
  });
}
