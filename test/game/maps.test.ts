import { describe, expect, test } from "vitest";
import { keyAndLock, type LockOptions, type Place, reachable } from "../../src/entries/game.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { randomLevel, strewn } from "./random.js";

const level = (...rows: string[]) => rows.join("\n");

describe("reachable", () => {
  const map = level("#######", "#@ #  #", "# ## >#", "#     #", "#######");

  test("a way, and its cells", () => {
    const found = reachable(map, { from: "@", to: ">" });
    expect(found).toMatchObject({ reached: true, missing: [], area: 12 });
    expect(found.path).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 3],
      [3, 3],
      [4, 3],
      [4, 2],
      [5, 2],
    ]);
  });

  test("what is missing", () => {
    const shut = level("#####", "#@#>#", "#>#>#", "#####");
    expect(reachable(shut, { from: "@", to: ">" })).toEqual({
      reached: false,
      missing: [
        [3, 1],
        [3, 2],
      ],
      area: 2,
    });
    expect(reachable(shut, { from: "@", to: [1, 2] }).reached).toBe(true);
    expect(reachable(shut, { from: "!", to: ">" })).toMatchObject({ reached: false, area: 0 });
    expect(reachable(shut, { from: "@", to: "!" })).toMatchObject({ reached: false, missing: [] });
  });

  test("across corners only where that is asked for", () => {
    const corner = level("@#", "#>");
    expect(reachable(corner, { from: "@", to: ">" }).reached).toBe(false);
    expect(reachable(corner, { from: "@", to: ">", diagonal: true }).path).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test("as a relaxation finds it, on random maps", () => {
    for (let seed = 0; seed < 100; seed++) {
      const one = strewn(seed, randomLevel(seed, 9, 7, "  #", "#"), "@>");
      const steps = relaxed(one);
      const { reached, path } = reachable(one, { from: "@", to: ">" });
      expect([one, reached ? path!.length - 1 : -1]).toEqual([one, steps]);
    }
  });
});

describe("keyAndLock", () => {
  const options: LockOptions = { keys: "ab", doors: "AB" };

  test("keys before their doors, in order", () => {
    const map = level("#########", "#@ a#b  #", "#  #A## #", "#   B  >#", "#########");
    const alone = level("#########", "#@ A#b  #", "#  #### #", "#   B  >#", "#########");
    expect(keyAndLock(alone, options)).toMatchObject({ solved: false, reason: "impossible" });
    expect(keyAndLock(map, options).solved).toBe(false);
    const right = level("#########", "#@ aA b #", "#  ######", "#   B  >#", "#########");
    expect(keyAndLock(right, options)).toEqual({
      solved: true,
      states: 3,
      order: [
        { symbol: "a", place: [3, 1] },
        { symbol: "A", place: [4, 1] },
        { symbol: "b", place: [6, 1] },
        { symbol: "B", place: [4, 3] },
      ],
    });
  });

  test("no door in the way: no order is needed", () => {
    expect(keyAndLock("@ >", options)).toEqual({ solved: true, states: 1, order: [] });
  });

  test("a key that is used up opens one door", () => {
    const map = level("a@AA>");
    expect(keyAndLock(map, options).solved).toBe(true);
    expect(keyAndLock(map, { ...options, single: true }).solved).toBe(false);
    expect(keyAndLock("aa@AA>", { ...options, single: true }).solved).toBe(true);
  });

  test("with keys that are used up, the wrong door is not taken", () => {
    // One key, two doors: behind the first is nothing.
    const map = level("#######", "# A@aA>", "#######");
    const found = keyAndLock(map, { ...options, single: true });
    expect(found.solved).toBe(true);
    expect(found.order!.map(({ place }) => place)).toEqual([
      [4, 1],
      [5, 1],
    ]);
    expect(keyAndLock(map, { ...options, single: true, maxStates: 1 })).toEqual({
      solved: false,
      states: 1,
      reason: "bound",
    });
  });

  test("replayed, every step can be taken when it comes", () => {
    let solved = 0;
    for (let seed = 0; seed < 200; seed++) {
      const one = strewn(seed, randomLevel(seed, 8, 6, "    ##A", "#"), "@>abB");
      for (const single of [false, true]) {
        const found = keyAndLock(one, { ...options, single });
        if (!found.solved) continue;
        solved++;
        expect([one, replay(one, found.order!, single)]).toEqual([one, true]);
      }
      const [kept, used] = [false, true].map(
        (single) => keyAndLock(one, { ...options, single }).solved,
      );
      expect(kept || !used).toBe(true);
    }
    expect(solved).toBeGreaterThan(50);
  });
});

test("bad input is refused by name", () => {
  const refused = (call: () => unknown, message: RegExp) => {
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(message);
  };
  refused(() => reachable("", { from: "@", to: ">" }), /at least one cell/);
  refused(() => reachable("@>\n@", { from: "@", to: ">" }), /row 2 has 1/);
  refused(() => reachable("@>", { from: "@" } as never), /to must be a place, .* got undefined/);
  refused(() => reachable("@>", { from: [0, 1], to: ">" }), /the row of from must be/);
  refused(
    () => reachable("@>", { from: "@", to: ">", passable: 1 } as never),
    /passable must be a text/,
  );
  refused(
    () => reachable("@>", { from: "@", to: ">", pasable: "" } as never),
    /did you mean passable/,
  );
  refused(
    () => keyAndLock("@>", { keys: "ab", doors: "A" }),
    /got 2 keys \("ab"\) and 1 doors \("A"\)/,
  );
  refused(() => keyAndLock("@>", { keys: "a" } as never), /doors must be a text of symbols/);
});

/** Steps from @ to >, by relaxing all cells until nothing changes. */
function relaxed(text: string): number {
  const rows = text.split("\n");
  const cost = rows.map((row) => [...row].map((s) => (s === "@" ? 0 : Number.POSITIVE_INFINITY)));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [y, row] of rows.entries()) {
      for (const [x, symbol] of [...row].entries()) {
        if (symbol === "#") continue;
        const near = [cost[y - 1]?.[x], cost[y + 1]?.[x], cost[y][x - 1], cost[y][x + 1]];
        const best = Math.min(...near.map((c) => (c ?? Number.POSITIVE_INFINITY) + 1));
        if (best < cost[y][x]) {
          cost[y][x] = best;
          changed = true;
        }
      }
    }
  }
  const [y, x] = rows.map((row, i) => [i, row.indexOf(">")]).find(([, at]) => at >= 0)!;
  return Number.isFinite(cost[y][x]) ? cost[y][x] : -1;
}

/** Walks from one step of an order to the next, with doors that are shut until they are opened. */
function replay(
  text: string,
  order: readonly { symbol: string; place: Place }[],
  single: boolean,
): boolean {
  let now = text.replaceAll(/[AB]/g, (door) => (door === "A" ? "1" : "2"));
  const width = text.indexOf("\n") + 1;
  const reach = (to: Place) => reachable(now, { from: "@", to, passable: " ab>" }).reached;
  const bag: string[] = [];
  for (const { symbol, place } of order) {
    if (!reach(place)) return false;
    if ("ab".includes(symbol)) bag.push(symbol);
    else {
      const key = bag.indexOf(symbol.toLowerCase());
      if (key < 0) return false;
      if (single) bag.splice(key, 1);
      const at = place[1] * width + place[0];
      now = `${now.slice(0, at)} ${now.slice(at + 1)}`;
    }
  }
  return reachable(now, { from: "@", to: ">", passable: " ab" }).reached;
}
