// The tables on the screen.

import { show } from "./stats.mjs";

/** One row of the suite: a line for each peer. */
export function showRow({ name, unit = "", results, exponent, lastExponent }) {
  const width = Math.max(...results.map(({ peer }) => peer.length));
  const lines = results.map((result) => line(result, width, unit));
  if (exponent !== undefined) {
    lines.push(
      `    time grows with exponent ${exponent.toFixed(2)}, ` +
        `${lastExponent.toFixed(2)} between the two largest`,
    );
  }
  return `\n  ${name}\n${lines.join("\n")}\n`;
}

function line(result, width, unit) {
  const { peer, value, beyond, least, skipped } = result;
  const label = `    ${peer.padEnd(width)}`;
  if (skipped) return `${label}  not available: ${brief(skipped)}`;
  const figure = `${show(value).padStart(9)} ${unit}`;
  const extra =
    beyond === undefined ? comparison(result) : `+ ${show(beyond)} (least + ${show(least)})`;
  return `${label}  ${figure.padEnd(20)}${extra}`.trimEnd();
}

/** The ratio, and the one by wall time beside it where that is another clock's. */
function comparison({ ratio, ratioByWall }) {
  if (ratio === undefined) return "";
  const same = ratioByWall === undefined || ratioByWall === ratio;
  return `× ${show(ratio).padEnd(6)}${same ? "" : ` (wall × ${show(ratioByWall)})`}`;
}

const brief = (reason) => (reason.length > 100 ? `${reason.slice(0, 99)}…` : reason);

/** What was promised, and what came out. */
export function showBars(bars) {
  if (bars.length === 0) return "";
  const width = Math.max(...bars.map(({ what }) => what.length));
  const lines = bars.map(({ what, bar, most, measured, missing }) => {
    const goal = `${most ? "≤" : "≥"} ${bar}`.padEnd(8);
    if (measured === undefined)
      return `  ${what.padEnd(width)}  ${goal} not available: ${brief(missing)}`;
    const passed = most ? measured <= bar : measured >= bar;
    return `  ${what.padEnd(width)}  ${goal} ${show(measured).padEnd(7)} ${passed ? "ok" : "NOT YET"}`;
  });
  return `\nBars\n\n${lines.join("\n")}\n`;
}
