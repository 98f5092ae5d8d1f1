// Seeds as content: the seed of a day.

import { describe, InvalidInputError } from "../host/errors.js";
import { fnv1a } from "../host/fnv.js";
import { tagOf } from "../host/kinds.js";
import { LightKey } from "../host/light-key.js";
import { checkText } from "./level.js";

const DAY = 86_400_000;

/**
 * The seed of a day, the same for everybody: a whole number below 2³². Days begin at midnight UTC.
 *
 * Threefry of the number of days since 1970 and of the salt's FNV-1a hash: seeds of days beside each other have nothing in common.
 * @param date a Date, of which the day in UTC counts, or "2026-11-30"
 * @param salt what tells games, or modes of one, apart. Default ""
 * @throws InvalidInputError where the date is none
 */
export function dailySeed(date: Date | string, salt = ""): number {
  const day = LightKey.fromSeed(0).fold(dayOf(date) >>> 0);
  return day.fold(fnv1a(checkText("salt", salt))).integers(1, 2 ** 32)[0];
}

/** Days since 1970. */
function dayOf(date: Date | string): number {
  const text = typeof date === "string" && /^\d{4}-\d\d-\d\d$/.test(date);
  const time = text ? Date.parse(date) : tagOf(date) === "Date" ? Number(date) : Number.NaN;
  // 30 February is 2 March to some engines.
  const there = !Number.isNaN(time) && (!text || new Date(time).toISOString().startsWith(date));
  if (there) return Math.floor(time / DAY);
  throw new InvalidInputError(
    `date must be a valid Date or a day such as "2026-11-30", got ${describe(date)}`,
  );
}
