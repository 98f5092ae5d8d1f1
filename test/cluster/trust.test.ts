// Which answers of a worker are believed, and which of them are taken back.

import { describe, expect, it } from "vitest";
import { Trust } from "../../src/cluster/trust.js";

describe("trust", () => {
  function trusted() {
    const closed: string[] = [];
    const trust = new Trust<string>((task) => closed.push(task));
    return { trust, worker: trust.of("a", 0), closed };
  }

  it("an answer that agrees vouches for those that came before it", () => {
    const { trust, worker, closed } = trusted();
    expect(trust.used(worker, "one", 0)).toBe(true);
    expect(trust.used(worker, "two", 1)).toBe(true);
    expect(closed).toEqual(["one"]);
    trust.confirm(worker, 1);
    expect(closed).toEqual(["one", "two"]);
    expect(trust.used(worker, "late", 0)).toBe(false);
    trust.refuse(worker);
    expect(trust.broken).toBe(false);
  });

  it("an answer to an old task that comes after one that agrees is open", () => {
    const { trust, worker } = trusted();
    trust.used(worker, "tenth", 4);
    trust.confirm(worker, 4);
    expect(trust.used(worker, "eighth", 5)).toBe(true);
    expect(trust.open().map(({ open }) => open)).toEqual(["eighth"]);
    trust.refuse(worker);
    expect(trust.broken).toBe(true);
  });

  it("what agrees does not vouch for what came after it", () => {
    const { trust, worker } = trusted();
    trust.used(worker, "second", 7);
    trust.confirm(worker, 6);
    expect(trust.open().length).toBe(1);
    trust.refuse(worker);
    expect(trust.broken).toBe(true);
    trust.forget();
    expect({ broken: trust.broken, open: trust.open() }).toEqual({ broken: false, open: [] });
  });
});
