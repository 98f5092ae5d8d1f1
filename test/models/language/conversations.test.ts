// Conversations: what of them is learned, and that it is the same however they are learned.

import { describe, expect, it } from "vitest";
import {
  documentBatches,
  documentPieces,
  padPieces,
  splitDocuments,
} from "../../../src/data/documents.js";
import { fromPretrained } from "../../../src/entries/hugging-face.js";
import {
  type ChatMessage,
  type Conversation,
  LanguageModel,
  type LanguageModelOptions,
} from "../../../src/entries/index.js";
import { Key } from "../../../src/host/key.js";
import { hasConversations } from "../../../src/models/language/corpora.js";
import { encodeData } from "../../../src/models/language/prompt.js";
import { type Speaker, speakerOf } from "../../../src/models/language/speaker.js";
import { createTokenizer } from "../../../src/text/create.js";
import type { HuggingFaceTokenizer } from "../../../src/text/foreign/tokenizer.js";
import { END, roleTokens, START } from "../../../src/text/markers.js";
import { runtime, tiny } from "../help.js";
import { filesOf } from "../hugging-face/help.js";

const say = (...texts: string[]): ChatMessage[] =>
  texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
const chats: Conversation[] = Array.from({ length: 12 }, (_, i) => {
  const messages = say(`ask ${i}`, `yes ${i * i}`, "and", `no ${i}`);
  return i % 3 === 0
    ? { messages: [{ role: "system", content: "be kind" }, ...messages] }
    : messages;
});
const run = { steps: 6, batch: 4, lr: 1e-2, val: 0.25, evalEvery: 3 };
const create = (options: LanguageModelOptions = {}) =>
  LanguageModel.create({ runtime, ...tiny, corpus: chats, ...options });

const specials = [START, END, ...roleTokens];
const tokenizer = createTokenizer("char", "abcdefgh", { specials });
const speaker = await speakerOf(tokenizer);
const token = (name: string) => tokenizer.special(name)!;

/** Inputs and targets of the only row of a batch, as texts. */
function row(
  of: Speaker,
  messages: ChatMessage[],
  names: (token: number) => string,
  markers: { start: number; end: number },
) {
  const documents = of.documents("one", messages, undefined);
  const learned = new Map(documents);
  return documents.map(([document]) => {
    const pieces = documentPieces([document], { ...markers, learned });
    const { inputs, targets, tokens } = padPieces(pieces, markers.end);
    expect(tokens).toBe(targets.filter((target) => target >= 0).length);
    expect(tokens).toBe(pieces[0].targets);
    const read = Array.from(inputs, names).join("");
    return [read, Array.from(targets, (target) => (target < 0 ? "." : names(target))).join("")];
  });
}

describe("role tokens", () => {
  const names = (token: number) =>
    tokenizer.decode([token]) || specials[token - tokenizer.size + specials.length];
  const markers = { start: token(START), end: token(END) };

  it("stand before messages, and the assistant's are learned to their ends", () => {
    expect(row(speaker, say("ab", "cd", "e", "f", "gh"), names, markers)).toEqual([
      ["<start><user>ab<assistant>cd<end><user>e<assistant>f", "....cd<end>...f<end>"],
    ]);
  });

  it("begin an answer", () => {
    const prompt = speaker.prompt("messages", say("ab", "cd", "e"), undefined);
    expect(Array.from(prompt, names).join("")).toBe("<user>ab<assistant>cd<end><user>e<assistant>");
  });

  it("are of three roles, and messages are texts", () => {
    const fit = (message: object) => () =>
      speaker.documents("one", [message as ChatMessage, ...say("a", "b")], undefined);
    expect(fit({ role: "tool", content: "a" })).toThrow(
      /one\[0\]\.role must be one of .*, got "tool"/,
    );
    expect(fit({ role: "user" })).toThrow("one[0].content must be a text, got undefined");
    expect(fit({ role: "user", content: "z" })).toThrow(/one\[0\]\.content: .*the text has "z"/);
    expect(() => speaker.documents("one", say("a"), undefined)).toThrow(
      /the assistant says nothing/,
    );
  });
});

describe("pieces of conversations", () => {
  const long = say("aaaaaaaaaaaa", "b", "c", "dddddddd");
  const data = () =>
    encodeData(tokenizer, true, [long, say("a", "b")], undefined, "error", speaker);

  it("count each target once, and those without any are left out", () => {
    const { parts, learned } = data();
    const markers = { start: token(START), end: token(END), learned };
    const pieces = documentPieces(parts, markers, 5);
    expect(pieces.every(({ targets }) => targets > 0)).toBe(true);
    expect(pieces.length).toBeLessThan(
      documentPieces(parts, { ...markers, learned: undefined }, 5).length,
    );
    const { tokens, targets } = padPieces(pieces, markers.end);
    expect(tokens).toBe(2 + 9 + 2);
    expect(targets.filter((target) => target >= 0)).toHaveLength(tokens);
    const key = Key.fromSeed(runtime.machine(), 1);
    const { epoch, batch } = documentBatches(parts, { ...markers, batch: 2, maxLength: 5, key });
    const seen = Array.from({ length: epoch! }, (_, step) => batch(step).tokens);
    expect(seen.reduce((all, one) => all + one, 0)).toBe(13);
  });

  it("count characters of what is said, and its ends", () => {
    const { characters, ends } = data();
    expect([characters, ends]).toEqual([1 + 8 + 1, 3]);
  });
});

describe("a model of conversations", () => {
  it("learns them, answers, and never writes a role", async () => {
    const model = await create();
    const { loss, validation } = await model.fit(chats, { ...run, steps: 150, evalEvery: 150 });
    expect(loss).toBeLessThan(1.2);
    expect(validation).toBeDefined();
    const messages = say("ask 3");
    const { text } = model.generate({ messages, greedy: true });
    expect(text).toMatch(/^yes \d+$/);
    const biased = model.generate({ messages, maxTokens: 5, logitBias: { "<user>": 100 } });
    expect(biased.samples[0].tokens).not.toContain(model.tokenizer.special("<user>"));
    const pieces: string[] = [];
    for await (const piece of model.stream({ messages, greedy: true })) pieces.push(piece.text);
    expect(pieces.join("")).toBe(text);
  });

  it("has the same bits with workers, shards apart, and on resume", async () => {
    const [one, two] = [await create(), await create()];
    await one.fit(chats, { ...run, shards: 2 });
    await two.fit(chats, { ...run, shards: 2, workers: 2 });
    expect(await two.fingerprint()).toBe(await one.fingerprint());
    const half = await create();
    for await (const { step } of half.fit(chats, { ...run, shards: 2 })) if (step === 3) break;
    const again = await LanguageModel.load(half.save({ training: true }), { runtime });
    await again.fit(chats, { ...run, shards: 2 });
    expect(await again.fingerprint()).toBe(await one.fingerprint());
    const other = chats.map((chat, i) => (i === 0 ? say("ask 0", "yes 1") : chat));
    await expect(half.fit(other, { ...run, shards: 2 })).rejects.toThrow(/other data|another/);
  });

  it("scores what the assistant says alone", async () => {
    const model = await create();
    await model.fit(chats, run);
    const one = model.score([say("ask 1", "yes 1")]);
    expect(one.tokens).toBe(6);
    const long = model.score([say("ask 1".repeat(400), "yes 1"), say("ask 1", "yes 1")]);
    expect(long.tokens).toBe(12);
    expect(Number.isFinite(long.nats)).toBe(true);
  });

  it("takes conversations as they are at the call", async () => {
    const [one, two] = [await create(), await create()];
    await one.fit(chats, run);
    const given = JSON.parse(JSON.stringify(chats)) as { role: string; content: string }[][];
    const fitting = two.fit(given, run);
    given[1][0].content = "and";
    given[1].push({ role: "assistant", content: "no" });
    await fitting;
    expect(await two.fingerprint()).toBe(await one.fingerprint());
  });

  it("refuses what it cannot learn", async () => {
    const plain = await create({ corpus: ["ask", "yes"] });
    await expect(plain.fit(chats, run)).rejects.toThrow(
      /documents\[0\] is a conversation, and this model knows none/,
    );
    const model = await create();
    await expect(model.fit([[]], run)).rejects.toThrow(/documents\[0\] must be a list of messages/);
    await expect(model.fit([{ messages: [3] } as never], run)).rejects.toThrow(
      /documents\[0\]\.messages\[0\] must be a message such as/,
    );
    await expect(
      create({ corpus: [...chats, { text: "a", labels: { by: "b" } }] }),
    ).rejects.toThrow(/labels are for documents that are texts/);
    expect(() => model.generate({ messages: say("and"), prompt: "and" })).toThrow(
      /instead of a prompt/,
    );
    await model.fit([...chats, "ask and yes"], run);
    expect(hasConversations(["a"])).toBe(false);
  });
});

const TEMPLATE =
  "{% for m in messages %}{{ '[' + m.role + '] ' + (m.content if loop.last else m.content.split('#')[0]) }}" +
  "{{ (eos_token if m.role == 'assistant' and ends is not defined else '') + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '[assistant]' }}{% endif %}";

/** A pretrained model with a template. */
function pretrained(template: string) {
  const config = { chat_template: template, bos_token: "<s>", eos_token: "</s>" };
  const json = new TextEncoder().encode(JSON.stringify(config));
  return fromPretrained({ ...filesOf("qwen2"), "tokenizer_config.json": json }, { runtime });
}

describe("a template", async () => {
  const model = await pretrained(TEMPLATE);
  const own = model.tokenizer as HuggingFaceTokenizer;
  const added = own.toJSON().added_tokens;
  const names = (token: number) =>
    own.decode([token]) || added.find(({ id }) => id === token)!.content;
  const learn = async (template: string, messages: ChatMessage[]) => {
    const { tokenizer: other } = await pretrained(template);
    const rows = row(await speakerOf(other), messages, names, own.markers!);
    return rows.map(([read, targets]) => [read, targets.replace(/\.+/g, "…")]);
  };

  it("says what is read, and its answers are learned to their ends", async () => {
    expect(await learn(TEMPLATE, say("ab", "cd", "e", "f", "gh"))).toEqual([
      ["[user] ab\n[assistant] cd</s>\n[user] e\n[assistant] f</s>\n", "… cd</s>… f</s>…"],
    ]);
    const prompt = (await speakerOf(own)).prompt("messages", say("ab", "cd", "e"), undefined);
    expect(Array.from(prompt, names).join("")).toBe(
      "[user] ab\n[assistant] cd</s>\n[user] e\n[assistant]",
    );
  });

  it("that writes answers otherwise later has a document for each", async () => {
    expect(await learn(TEMPLATE, say("ab", "cd#x", "e", "f#y"))).toEqual([
      ["[user] ab\n[assistant] cd</s>\n[user] e\n[assistant] f#y</s>\n", "… f#y</s>…"],
      ["[user] ab\n[assistant] cd#x</s>\n", "… cd#x</s>…"],
    ]);
  });

  it("that ends no answer leaves the last one to the document's end", async () => {
    const without = TEMPLATE.replace("is not defined", "is defined");
    expect(await learn(without, say("ab", "cd"))).toEqual([
      ["[user] ab\n[assistant] cd\n", "… cd\n</s>"],
    ]);
  });

  it("keeps the documents of a conversation on one side of a split", async () => {
    const chats = Array.from({ length: 8 }, (_, i) => say(`a${i}`, "b#c", "d", "e#f"));
    const of = await speakerOf(own);
    const { parts, learned } = encodeData(own, true, chats, undefined, "error", of);
    expect(parts).toHaveLength(16);
    const key = Key.fromSeed(runtime.machine(), 3);
    const { train, validation } = splitDocuments(parts, 0.25, key, learned);
    expect([train.length, validation.length]).toEqual([12, 4]);
    const names = new Set(validation.map((one) => learned!.get(one)!.like));
    expect(names.size).toBe(2);
    expect(train.some((one) => names.has(learned!.get(one)!.like))).toBe(false);
  });

  it("trains, scores and answers after a load", async () => {
    const chats = [say("ab", "cd"), say("ef", "gh", "i", "j")];
    const before = model.score(chats);
    expect(before.tokens).toBe(
      model.score(chats.slice(0, 1)).tokens + model.score(chats.slice(1)).tokens,
    );
    const again = await LanguageModel.load(model.save(), { runtime });
    await again.fit(chats, { steps: 20, lr: 1e-2 });
    expect(again.score(chats).nats).toBeLessThan(before.nats / 2);
    const own = await LanguageModel.load(again.save(), { runtime });
    const o = { messages: say("ab"), greedy: true, maxTokens: 8 };
    expect(own.generate(o)).toEqual(again.generate(o));
    const prompt = "[user] ab\n[assistant]";
    const text = own.generate({ prompt, greedy: true, maxTokens: 8 });
    if (!own.tokenizer.markers!.pretrained!.opens) expect(own.generate(o)).toEqual(text);
  });

  it("says which conversation it refuses", async () => {
    const strict = await pretrained("{{ raise_exception('No.') }}");
    await expect(strict.fit([say("a", "b")], { steps: 1 })).rejects.toThrow(
      /^documents\[0\]: the model's chat template fails for this conversation: No\.$/,
    );
  });
});
