// Dates, and the calendar of days: which are solved, and which can be played.

import { icon } from "./art.js";
import { written } from "./font.js";
import { ROOMS } from "./grades.js";

const two = (number) => String(number).padStart(2, "0");
const named = (year, month, day) => `${year}-${two(month)}-${two(day)}`;

/** The day where the player is: 2026-11-30. */
export function today() {
  const now = new Date();
  return named(now.getFullYear(), now.getMonth() + 1, now.getDate());
}

/** Whether a text is a day up to today. */
export function isDay(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text ?? "")) return false;
  const [year, month, day] = text.split("-").map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= lengthOf(year, month) && text <= today();
}

const lengthOf = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * Draws a month.
 * @param shown `{ year, month }`
 * @param choose told the day that is chosen
 * @param turn told the month that is asked for
 */
export function calendar(element, shown, records, chosen, choose, turn) {
  const { year, month } = shown;
  const other = (by) => {
    const months = year * 12 + month - 1 + by;
    return { year: Math.floor(months / 12), month: (months % 12) + 1 };
  };
  const button = (picture, label, act, disabled) => {
    const made = document.createElement("button");
    made.type = "button";
    made.append(picture);
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    made.disabled = disabled;
    return made;
  };
  const head = document.createElement("div");
  head.className = "bar";
  const ahead = other(1);
  head.append(
    button(icon("left"), "Month before", () => turn(other(-1)), false),
    written(`${year} - ${two(month)}`, { scale: 3 }),
    button(
      icon("right"),
      "Month after",
      () => turn(ahead),
      named(ahead.year, ahead.month, 1) > today(),
    ),
  );
  const grid = document.createElement("div");
  grid.className = "month";
  // Weeks begin on Monday.
  const before = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  for (let i = 0; i < before; i++) grid.append(document.createElement("span"));
  for (let day = 1; day <= lengthOf(year, month); day++) {
    const date = named(year, month, day);
    const done = records.day(date).filter(Boolean).length;
    const one = button(
      written(String(day)),
      `${date}: ${done} of ${ROOMS}`,
      () => choose(date),
      date > today(),
    );
    one.className = done === ROOMS ? "day all" : done > 0 ? "day some" : "day";
    if (date === chosen) one.setAttribute("aria-current", "date");
    const dots = document.createElement("span");
    dots.className = "dots";
    for (let i = 0; i < ROOMS; i++) dots.append(document.createElement(i < done ? "b" : "i"));
    one.append(dots);
    grid.append(one);
  }
  element.replaceChildren(head, grid);
}
