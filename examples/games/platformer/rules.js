// What the signs of a level mean, to everybody: the game, the checker, the model's rules and the generator.

export const HEIGHT = 14;
export const THEMES = ["meadow", "cave", "night"];
export const DIFFICULTIES = [1, 2, 3, 4, 5];

/** Kinds of enemies by their signs. */
export const ENEMIES = { w: "walker", h: "hopper", f: "flyer", k: "spiky" };

/** Ground, bricks, blocks with a coin, and platforms that can be jumped through from below. */
const solid = "XB?=";
/** Air, coins, the flag, and enemies. */
const passable = `-oF${Object.keys(ENEMIES).join("")}`;

/** Every sign: thorns last, which must not be touched. */
export const SYMBOLS = `${solid}${passable}^`;

/**
 * What the checker is told. Its jump is a little less than what the game's player can do, wherever it starts from: what the
 * checker calls possible is possible in the game. (It takes platforms for solid ones, which can only make a way longer.)
 */
export const CHECK = { legend: { solid, passable, deadly: "^" }, jump: { height: 3, hang: 0 } };

/** Where the player starts: above the ground of this column. */
export const START_COLUMN = 2;

/** Columns from the flag to the end. */
export const AFTER_FLAG = 4;

/** Whether the sign is one to stand on. */
export const isSolid = (sign) => solid.includes(sign);

/** Where the flag is: `[column, row]`, or nothing. */
export function flagOf(level) {
  const rows = level.split("\n");
  const row = rows.findIndex((one) => one.includes("F"));
  return row < 0 ? undefined : [rows[row].indexOf("F"), row];
}

/** Where the player starts: `[column, row]`, on the lowest ground; or nothing. */
export const startOf = (level) => floorOf(level.split("\n"), START_COLUMN);

/** The lowest place of a column where one stands: `[column, row]`; or nothing. */
function floorOf(rows, column) {
  for (let row = rows.length - 2; row >= 0; row--) {
    const sign = rows[row][column];
    if (!isSolid(sign) && sign !== "^" && isSolid(rows[row + 1][column])) return [column, row];
  }
  return undefined;
}

/** The first column from whose ground there is no way to the flag: who falls there is caught. Or nothing. */
export function trapOf(level, platformerPath) {
  const rows = level.split("\n");
  const goal = flagOf(level);
  let before;
  for (let column = 0; column < goal[0]; column++) {
    const start = floorOf(rows, column);
    // From ground that is as high as that beside it, there is the same way.
    if (start && start[1] !== before && !platformerPath(level, { ...CHECK, start, goal }).reached) {
      return column;
    }
    before = start?.[1];
  }
  return undefined;
}

/**
 * What the checker finds of a level: its way from the start to the flag.
 * @param platformerPath of simdream/game
 */
export function way(level, platformerPath) {
  const [start, goal] = [startOf(level), flagOf(level)];
  if (!start || !goal) return { reached: false, column: 0 };
  return platformerPath(level, { ...CHECK, start, goal });
}

/**
 * What every level of a theme keeps: ground at both ends; one flag, where it belongs; nobody at the start; who walks, and what
 * pricks, stands on something; a cave has a roof, and nothing else has.
 */
export function rulesOf(theme) {
  const noFlag = SYMBOLS.replace("F", "");
  return {
    counts: { F: 1 },
    areas: [
      { columns: [0, -2 - AFTER_FLAG], symbols: noFlag },
      { columns: [-AFTER_FLAG, -1], symbols: noFlag },
      { columns: [0, 5], symbols: "X-oB?=" },
      { rows: [-1, -1], columns: [0, 5], symbols: "X" },
      { rows: [-1, -1], columns: [-3 - AFTER_FLAG, -1], symbols: "X" },
      { rows: [0, 0], symbols: theme === "cave" ? "X" : "-o" },
    ],
    adjacent: [{ of: "whk^F", below: solid }],
  };
}
