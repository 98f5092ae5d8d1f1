// Adapters of a model in a worker: trained and loaded there, with the bits of this thread.

import { expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { text } from "../models/help.js";
import { begin, runtime } from "./help.js";

it("trains an adapter in the worker, and takes one of a file", async () => {
  const options = { corpus: text, embed: 6, hidden: 12, seed: 1 };
  const fit = { steps: 6, batch: 4, seqLen: 8 };
  const lora = { rank: 2, targets: "all" as const };
  const own = await LanguageModel.create({ runtime, ...options });
  const worker = await begin();
  const remote = await worker.LanguageModel.create(options);
  for (const model of [own, remote]) {
    await model.fit(text, fit);
    await model.fit(text.slice(0, 200), { ...fit, lora });
  }
  expect(remote.adapters).toEqual(["default"]);
  expect(remote.adapter).toBe("default");
  const file = own.getAdapter().save();
  const adapter = await remote.getAdapter();
  expect(adapter.rank).toBe(2);
  expect(Buffer.compare(await adapter.save(), file)).toBe(0);
  await remote.loadAdapter(file, { name: "again" });
  expect(remote.adapters).toEqual(["default", "again"]);
  const prompt = { prompt: "t", maxTokens: 8, seed: 2 };
  for (const name of ["default", "again", null]) {
    const adapter = name === "again" ? "default" : name;
    const said = await remote.generate({ ...prompt, adapter: name });
    expect(said.text).toBe(own.generate({ ...prompt, adapter }).text);
  }
  const merged = await remote.merge();
  expect(await merged.fingerprint()).toBe((await own.merge()).fingerprint());
  await expect(remote.generate({ adapter: "none" })).rejects.toThrow('no adapter "none"');
});
