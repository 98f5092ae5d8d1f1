import { expect, test } from "vitest";
import { resolveTraining, storedTraining } from "../../src/train/options.js";

test("a checkpoint from before weight decay had a choice still decays everything", () => {
  const { decay, ...older } = resolveTraining({ steps: 30, weightDecay: 0.1 });
  expect(decay).toBe("matrices");
  expect(storedTraining(older)).toEqual({ ...older, decay: "all" });
  expect(storedTraining({ ...older, decay }).decay).toBe("matrices");
});

test("a tenth of the steps, at least one", () => {
  expect(resolveTraining({ steps: 30 })).toMatchObject({ evalEvery: 3, lrEvery: 3 });
  expect(resolveTraining({ steps: 3 })).toMatchObject({ evalEvery: 1, lrEvery: 1 });
});
