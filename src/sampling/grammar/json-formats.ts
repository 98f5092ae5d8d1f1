// Formats of strings, as far as a pattern says all of one.

import type { Expression } from "./expression.js";
import { readRegex } from "./regex.js";

const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const MULTIPLE_OF_FOUR = "(0[48]|[2468][048]|[13579][26])";
const LEAP_YEAR = `(\\d\\d${MULTIPLE_OF_FOUR}|${MULTIPLE_OF_FOUR}00|0000)`;
const DATE =
  "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))|" +
  `${LEAP_YEAR}-02-29)`;
const TIME = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";
const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

const patterns: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  "date-time": `${DATE}T${TIME}`,
  uuid: "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  ipv4: `${OCTET}(\\.${OCTET}){3}`,
  hostname: `${LABEL}(\\.${LABEL}){0,3}`,
  email: `[a-z0-9_+-]+(\\.[a-z0-9_+-]+)*@${LABEL}(\\.${LABEL}){1,3}`,
};

/** Formats that are known. */
export const formats: readonly string[] = Object.keys(patterns);

/** The strings of a format. */
export function formatOf(name: string): Expression {
  return readRegex(patterns[name], "");
}
