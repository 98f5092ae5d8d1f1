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
  const { code, stderr, stdout } = await simdream(args, { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/data +chats\.jsonl: 4 conversations, /);
  expect(stdout).toMatch(/read +as conversations, one a line: what the assistant says is learned/);
  const model = await LanguageModel.load(readFileSync(join(cwd, "m.safetensors")));
  const { documents, ...config } = model.config;
  expect(documents).toBe(true);
  const own = await LanguageModel.create({ corpus: chats, ...config });
  await own.fit(chats, { steps: 10, batch: 2, lr: 0.02 });
  expect(model.fingerprint()).toEqual(own.fingerprint());
  const shown = await simdream(["inspect", "m.safetensors"], { cwd });
  expect(shown.stdout).toMatch(/^talks +conversations of system, user, assistant$/m);
  const all = await simdream(["inspect", "m.safetensors", "--json"], { cwd });
  expect(json<{ conversations: boolean }>(all).conversations).toBe(true);
  for (const flags of [
    ["--history", "2"],
    ["--joiner", "|"],
  ]) {
    const refused = await simdream(["chat", "m.safetensors", ...flags], { cwd, input: "hi\n" });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${flags[0]} is for models of pairs; m.safetensors knows`);
  }
  const measured = await simdream(["evaluate", "m.safetensors", "chats.jsonl", "--json"], { cwd });
  expect(json<{ tokens: number }>(measured).tokens).toBe(17 + 4);
  writeFileSync(join(cwd, "bad.jsonl"), lines([chats[0], { messages: [{ content: "a" }] }]));
  const bad = await simdream(["train", "bad.jsonl", "--out", "x.safetensors"], { cwd });
  expect(bad.stderr).toContain("bad.jsonl:2: messages[0] must be a message such as");
});

it("go on in chat as generate answers them, and the oldest turns make room", async () => {
  const cwd = folder();
  writeFileSync(join(cwd, "chats.jsonl"), lines(chats));
  const network = { kind: "transformer", hidden: 16, layers: 1, heads: 2, context: 48 } as const;
  const model = await LanguageModel.create({ corpus: chats, network });
  await model.fit(chats, { steps: 60, batch: 2, lr: 0.02 });
  writeFileSync(join(cwd, "m.safetensors"), model.save());
  const asked = ["Shout rose", "Shout lily", "Shout iris"];
  const args = ["chat", "m.safetensors", "--json"];
  const { stdout, code, stderr } = await simdream(args, { cwd, input: `${asked.join("\n")}\n` });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const said: { role: string; content: string }[] = [];
  const answers = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).text as string);
  expect(answers).toHaveLength(3);
  for (const [i, content] of asked.entries()) {
    said.push({ role: "user", content });
    const whole = (messages: typeof said) => () =>
      model.generate({ messages, greedy: true, maxTokens: 12 }).text;
    if (i === 2) {
      expect(whole(said)).toThrow(/context/);
      said.splice(0, 2);
    }
    expect(answers[i]).toBe(whole(said)());
    said.push({ role: "assistant", content: answers[i] });
  }
});
