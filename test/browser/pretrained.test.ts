// The example page that opens a model of Hugging Face's, lets it write and adapts it, in Chromium.

import { expect, it } from "vitest";
import { fromPretrained } from "../../src/entries/hugging-face-names.js";
import { LanguageModel } from "../../src/entries/index.js";
import { filesOf, runtime } from "../models/hugging-face/help.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("pretrained.html");
const { change, choose, complaint, complaints, press, run, saved, text, until } = page;

const files = filesOf("llama");
const TEXT = "it was a night\\n\\nit was late\\n\\nshe was there";
const texts = ["it was a night", "it was late", "she was there"];

const written = () => until(`${at("halt")}.hidden && !${at("write")}.disabled`);

it("the page opens a pretrained model, adapts it and shows both", async (test) => {
  await page.open(test, `${at("status")}.textContent === "Open a model first."`);
  const model = await fromPretrained(files, { runtime });

  // What is no model is refused in words, and does no harm.
  await choose("files", { "model.safetensors": files["model.safetensors"] });
  expect(await complaint()).toMatch(/tokenizer/);
  const { "model.safetensors": _, ...without } = files;
  await choose("files", without);
  await until(`${at("problem")}.textContent.includes("model.safetensors")`);

  for (const [id, value] of Object.entries({ prompt: "it was", tokens: 20, temperature: 1 })) {
    await change(id, value);
  }
  await choose("files", files);
  await until(`${at("status")}.textContent === "Not adapted yet."`);
  await written();
  const asked = { prompt: "it was", maxTokens: 20, temperature: 1, seed: 1 };
  expect(await text("base")).toBe(asked.prompt + model.generate(asked).text);
  expect(await text("facts")).toMatch(/transformer, llama/);
  expect(await text("facts")).toMatch(model.parameterCount.toLocaleString("en"));
  expect(await run(`${at("beside")}.hidden`)).toBe(true);

  // Adapted: the numbers of Node.
  expect(await run(`${at("train")}.disabled`)).toBe(true);
  await run(`${at("corpus")}.value = "${TEXT}"; ${at("corpus")}.dispatchEvent(new Event("input"))`);
  await change("steps", 12);
  await change("rank", 4);
  await press("train");
  await page.trained();
  // Its context is shorter than the page's rows.
  const maxLength = 64;
  const fit = { steps: 12, batch: 8, maxLength, lr: 0.005, schedule: "cosine", val: 0 } as const;
  const lora = { name: "text-1", rank: 4, targets: "attention" } as const;
  await model.fit(texts, { ...fit, lora });
  const fingerprint = model.getAdapter().fingerprint().slice(0, 12);
  expect(await text("status")).toMatch(
    new RegExp(`^step 12 of 12, loss .*weights ${fingerprint}$`),
  );
  // The button comes back when the run has ended, a moment after its last words.
  await written();
  await press("write");
  await written();
  const { text: adapted } = model.generate({ ...asked, adapter: "text-1" });
  expect(await text("adapted")).toBe(asked.prompt + adapted);
  expect(await text("base")).toBe(asked.prompt + model.generate({ ...asked, adapter: null }).text);

  // What it saves is of use elsewhere.
  const adapter = await saved("save-adapter");
  expect(adapter).toEqual(model.getAdapter().save());
  const merged = await LanguageModel.load(await saved("save-merged"), { runtime });
  expect(merged.fingerprint()).toBe((await model.merge()).fingerprint());

  // A run is stopped, and resumed.
  await change("steps", 5000);
  await press("train");
  await until(`/^step \\d+ of 5,000/.test(${at("status")}.textContent)`);
  await press("stop");
  await until(`!${at("over")}.hidden`);
  expect(await text("train")).toBe("Resume");
  expect(await run(`${at("save-adapter")}.disabled`)).toBe(false);

  // The adapter goes on top of the model again.
  await choose("files", { "model.safetensors": merged.save() });
  await until(`${at("status")}.textContent === "Not adapted yet."`);
  await written();
  expect(await run(`${at("beside")}.hidden`)).toBe(true);
  await choose("adapter", { "adapter.safetensors": adapter });
  expect(await complaint()).toMatch(/load it on the model that it was trained on/);
  await choose("files", files);
  await until(`${at("status")}.textContent === "Not adapted yet."`);
  await written();
  await choose("adapter", { "adapter.safetensors": adapter });
  await until(`${at("status")}.textContent === "adapter.safetensors is in force."`);
  await written();
  expect(await text("adapted")).toBe(asked.prompt + adapted);

  // A text ends where the model's context does.
  await change("tokens", 10_000);
  await press("write");
  await written();
  expect(await text("base-speed")).toMatch(/^· \d\d tokens, \d+ a second$/);
  expect(await run(`${at("problem")}.hidden`)).toBe(true);
  expect(await page.widthAt(360)).toBe(360);
  expect(complaints).toEqual([]);

  // An address, where there is no model.
  await page.visit("?model=nothing");
  await until(`${at("problem")}?.textContent === "/nothing/config.json: the server says 404."`);
  await page.visit("?model=words.safetensors");
  await until(`/Diffusion/.test(${at("problem")}?.textContent)`);
});
