import { describe, expect, test } from "vitest";
import { InvalidInputError, LanguageModel, type Runtime } from "../../../src/entries/index.js";
import type { Machine } from "../../../src/host/machine.js";
import { runtime, text, tiny, train } from "../help.js";
import { small } from "./help.js";

describe("memory", () => {
  /** A runtime that shows the machines of its models. */
  function watched(): { machines: Machine[]; on: Runtime } {
    const machines: Machine[] = [];
    const machine = () => {
      machines.push(runtime.machine());
      return machines[machines.length - 1];
    };
    return { machines, on: { machine } as unknown as Runtime };
  }

  test("does not grow after the first steps, whatever is done between", async () => {
    const { machines, on } = watched();
    const model = await LanguageModel.create({
      runtime: on,
      ...tiny,
      corpus: text,
      dropout: 0.1,
      layers: 2,
    });
    const [machine] = machines;
    const fit = { ...small, steps: 200, batching: "streams", val: 0.2, ema: 0.9 } as const;
    const use = () => {
      expect(machine.activationBytes).toBe(0);
      const sample = model.generate({ maxTokens: 10, samples: 3, seed: 1, banned: ["zz"] }).text;
      model.generate({ maxTokens: 5, beams: 3 });
      expect(model.score(text.slice(0, 100)).tokens).toBe(99);
      expect(machine.activationBytes).toBe(0);
      return { length: model.save().length, sample };
    };
    let bytes = 0;
    const lengths = new Set<number>();
    for await (const { step } of model.fit(text, fit)) {
      if (step % 20 === 0 || step <= 3) use();
      if (step === 3) bytes = machine.bytes;
      if (step > 3) lengths.add(machine.bytes);
    }
    expect([...lengths]).toEqual([bytes]);
    const first = use();
    for (let i = 0; i < 5; i++) expect(use()).toEqual(first);
    // Neither do further runs, refused ones, and stops.
    for (let i = 0; i < 5; i++) {
      await train(model, text, { ...fit, steps: 3, patience: 2 });
      await train(model, text, { ...fit, steps: 50, resume: false }, 1);
      await expect(train(model, text.slice(1), fit)).rejects.toThrow(InvalidInputError);
    }
    expect(machine.bytes).toBe(bytes);
    expect(machine.activationBytes).toBe(0);
    expect(machines).toHaveLength(1);
  });

  test("nothing stays allocated behind an error", async () => {
    const { machines, on } = watched();
    const model = await LanguageModel.create({ runtime: on, ...tiny, corpus: text });
    await train(model, text, small);
    const spoilt = () =>
      model.generate({
        mask: () => {
          throw new Error("mine");
        },
      });
    expect(spoilt).toThrow("mine");
    expect(() => model.score("Ω")).toThrow(InvalidInputError);
    expect(machines[0].activationBytes).toBe(0);
  });
});
