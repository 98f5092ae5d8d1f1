// Models of grids off the main thread: sets of grids travel there and back.

import { expect, test } from "vitest";
import { GridModel, GridSet } from "../../src/entries/index.js";
import { labelledRooms } from "../models/grids/help.js";
import { all, begin, runtime, timeless } from "./help.js";

test("a grid model in a worker has the bits of this thread", async () => {
  const worker = await begin();
  const levels = await labelledRooms(12);
  const sizes = { grids: levels, hidden: 12, embed: 6, seed: 1 };
  const own = await GridModel.create({ runtime, ...sizes });
  const remote = await worker.GridModel.create(sizes);
  expect([remote.symbols, remote.labels, remote.config]).toEqual([
    own.symbols,
    own.labels,
    own.config,
  ]);
  const fit = { steps: 6, batch: 6, val: 0.3, evalEvery: 3, symmetries: "mirror" } as const;
  expect(timeless(await all(remote.fit(levels, fit)))).toEqual(
    timeless(await all(own.fit(levels, fit))),
  );
  expect(await remote.score(levels)).toEqual(own.score(levels));
  const asked = {
    ...{ width: 9, samples: 3, seed: 4, temperature: 0.7, labels: { coins: "many" } },
    rules: { counts: { "@": 1 }, border: "#" },
  };
  const [made, expected] = [await remote.generate(asked), await own.generate(asked)];
  expect(made.grids).toBeInstanceOf(GridSet);
  expect(made.grids.fingerprint()).toBe(expected.grids.fingerprint());
  expect([made.tries, made.seeds]).toEqual([expected.tries, expected.seeds]);
  const bytes = await remote.save();
  expect(Buffer.compare(bytes, own.save())).toBe(0);
  const small = await worker.GridModel.load((await own.quantize()).save());
  const eight = await (await own.quantize()).generate(asked);
  expect((await small.generate(asked)).grids.text(2)).toBe(eight.grids.text(2));
});
