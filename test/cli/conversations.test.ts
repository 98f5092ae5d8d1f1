// Conversations on the command line: JSON lines of messages.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/node.js";
import { folder, json, simdream } from "./command-line.js";

const chats = ["iris", "rose", "lily", "aster"].map((name) => ({
  messages: [
    { role: "user", content: `Shout ${name}` },
    { role: "assistant", content: name.toUpperCase() },
  ],
}));
const lines = (all: readonly object[]) => all.map((one) => `${JSON.stringify(one)}\n`).join("");

it("are learned with the library's bits, measured, and refused by their line", async () => {
  const cwd = folder();
  writeFileSync(join(cwd, "chats.jsonl"), lines(chats.map((chat, id) => ({ id, ...chat }))));
  const quick = ["--hidden", "16", "--steps", "10", "--batch", "2", "--lr", "0.02", "--val", "0"];
  const args = ["train", "chats.jsonl", ...quick, "--out", "m.safetensors"];
  const { code, stderr } = await simdream(args, { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const model = await LanguageModel.load(readFileSync(join(cwd, "m.safetensors")));
  const { documents, ...config } = model.config;
  expect(documents).toBe(true);
  const own = await LanguageModel.create({ corpus: chats, ...config });
  await own.fit(chats, { steps: 10, batch: 2, lr: 0.02 });
  expect(model.fingerprint()).toEqual(own.fingerprint());
  const measured = await simdream(["evaluate", "m.safetensors", "chats.jsonl", "--json"], { cwd });
  expect(json<{ tokens: number }>(measured).tokens).toBe(17 + 4);
  writeFileSync(join(cwd, "bad.jsonl"), lines([chats[0], { messages: [{ content: "a" }] }]));
  const bad = await simdream(["train", "bad.jsonl", "--out", "x.safetensors"], { cwd });
  expect(bad.stderr).toContain("bad.jsonl:2: messages[0] must be a message such as");
});
