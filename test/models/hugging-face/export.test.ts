// Models as Hugging Face's files, and back; that transformers computes the same with them is checked by
// test/golden/check_hugging_face.py.

import { Template } from "@huggingface/jinja";
import { describe, expect, test } from "vitest";
import { fromPretrained, toPretrained } from "../../../src/entries/hugging-face-names.js";
import {
  createTokenizer,
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
} from "../../../src/entries/index.js";
import { speakerOf } from "../../../src/models/language/speaker.js";
import type { HuggingFaceTokenizer } from "../../../src/text/foreign/tokenizer.js";
import { names, refused, text, train } from "../help.js";
import { expected, filesOf, furthest, logitsOf, runtime, small } from "./help.js";

const sizes = { network: "transformer", hidden: 16, layers: 2, heads: 2, context: 32 } as const;
const training = { steps: 3, batch: 4, lr: 1e-2, val: 0 };

async function made(options: object, corpus: string | readonly string[] = names) {
  const all = { runtime, ...sizes, corpus, seed: 2, ...options } as LanguageModelOptions;
  const model = await LanguageModel.create(all);
  await train(model, corpus, typeof corpus === "string" ? { ...training, seqLen: 16 } : training);
  return model;
}

/** The same tokens, logits and ends. */
async function expectSame(model: LanguageModel, samples: readonly string[]) {
  const files = await toPretrained(model);
  const again = await fromPretrained(files, { runtime });
  expect(again.tokenizer.size).toBe(model.tokenizer.size);
  for (const sample of samples) {
    const ids = model.tokenizer.encode(sample);
    expect([...again.tokenizer.encode(sample)]).toEqual([...ids]);
    expect(again.tokenizer.decode(ids)).toBe(model.tokenizer.decode(ids));
    if (ids.length === 0) continue;
    const at = Math.min(ids.length, 30) - 1;
    const logits = logitsOf(model, [...ids], at);
    expect(furthest(logitsOf(again, [...ids], at), logits)).toBeLessThan(1e-6);
  }
  expect(again.config.documents).toBe(model.config.documents);
  expect(await toPretrained(again)).toEqual(files);
  return { files, again };
}

describe("models that were made here", () => {
  const networks = {
    llama: {},
    "llama, untied, fewer keys": { tied: false, kvHeads: 1, theta: 500 },
    window: { window: 8 },
    gpt2: { style: "gpt2" },
    "gpt2 with biases": { style: "gpt2", bias: true, inner: 24, normEps: 1e-4 },
    "like Qwen2": { qkvBias: true },
    "like Qwen3": { qkNorm: true, headSize: 12 },
    "scaled positions": { ropeScaling: { type: "linear", factor: 3 } },
  };
  test.each(Object.entries(networks))("%s", async (_, options) => {
    await expectSame(await made(options), names);
  });

  const hard = [
    ..."\u0000\t\r\n ~ é字🙂 \u00a0",
    "don't  stop.\n\n  12345 “quoted”",
    "’tis １２３ 👩‍🚀!",
  ];
  test.each(["char", "byte", "bpe"] as const)("tokenizer %s", async (kind) => {
    const corpus = [...names, ...hard, text];
    const vocab = kind === "bpe" ? { vocab: 300 } : {};
    const documents = await made({ tokenizer: kind, ...vocab, context: 64 }, corpus);
    const { files, again } = await expectSame(documents, [...corpus, "", "the mat sat"]);
    const options = { prompt: "ro", maxTokens: 12, greedy: true };
    expect(again.generate(options)).toEqual(documents.generate(options));
    const { bos_token_id: bos, eos_token_id: eos } = JSON.parse(files["config.json"] as string);
    expect([bos, eos]).toEqual(["<start>", "<end>"].map((one) => documents.tokenizer.special(one)));
    const one = await made({ tokenizer: kind, ...vocab }, text);
    await expectSame(one, ["the cat", text.slice(0, 100)]);
  });
});

test.each(small)("%s, read and written again", async (name) => {
  const model = await fromPretrained(filesOf(name), { runtime });
  const { files } = await expectSame(model, [expected.text, "the end"]);
  const [before, after] = [filesOf(name)["config.json"], files["config.json"]].map((file) =>
    JSON.parse(typeof file === "string" ? file : new TextDecoder().decode(file)),
  );
  expect(after.architectures).toEqual(before.architectures);
  expect(after.vocab_size).toBe(before.vocab_size);
});

test("what cannot be written is refused by name", async () => {
  const lstm = await LanguageModel.create({ runtime, corpus: names });
  await refused(() => toPretrained(lstm), InvalidInputError, '"lstm"');
  const model = await made({});
  await refused(async () => toPretrained(await model.quantize()), InvalidInputError, "rounded");
  await refused(() => toPretrained({} as LanguageModel), InvalidInputError, "LanguageModel");
  const clean = createTokenizer("char", names, {
    specials: ["<start>", "<end>"],
    clean: { lowercase: true },
  });
  const cleaned = await made({ tokenizer: clean });
  await refused(() => toPretrained(cleaned), InvalidInputError, "clean");
  const both = await made({ qkNorm: true, qkvBias: true });
  await refused(() => toPretrained(both), InvalidInputError, "qkNorm and qkvBias");
  const windowed = await made({ style: "gpt2", window: 4 });
  await refused(() => toPretrained(windowed), InvalidInputError, "window");
});

describe("models of conversations", () => {
  const say = (...contents: string[]) =>
    contents.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
  const chats = [
    [{ role: "system", content: "be kind" }, ...say("hi", " good day ", "\n and", "no\n")],
    say("how are you", "well"),
  ];

  test.each(["char", "byte", "bpe"] as const)("bring a template: %s", async (kind) => {
    const tokenizer = kind === "bpe" ? { tokenizer: kind, vocab: 270 } : { tokenizer: kind };
    const all = { runtime, ...sizes, corpus: chats, seed: 2, ...tokenizer };
    const model = await LanguageModel.create(all as LanguageModelOptions);
    await model.fit(chats, training);
    const files = await toPretrained(model);
    const config = JSON.parse(String(files["tokenizer_config.json"]));
    const again = await fromPretrained(files, { runtime });
    expect(await toPretrained(again)).toEqual(files);
    const own = again.tokenizer as HuggingFaceTokenizer;
    const [here, there] = [await speakerOf(model.tokenizer), await speakerOf(own)];
    for (const messages of [...chats, chats[0].slice(0, 2), say("y", "o", "u")]) {
      const asked = here.prompt("messages", messages, undefined);
      const rendered = new Template(config.chat_template).render({
        ...{ messages, add_generation_prompt: true },
        ...{ bos_token: config.bos_token, eos_token: config.eos_token },
      });
      const fed = [model.tokenizer.special("<start>"), ...asked];
      expect([...own.encodeSpecial(rendered)]).toEqual(fed);
      expect([...there.prompt("messages", messages, undefined)]).toEqual(fed);
      const o = { messages, greedy: true, maxTokens: 3, logprobs: 0 };
      if (fed.length < 29) expect(again.generate(o)).toEqual(model.generate(o));
    }
    expect(again.score(chats.slice(1))).toEqual(model.score(chats.slice(1)));
    const tool = [{ role: "tool", content: "a" }];
    expect(() => again.generate({ messages: tool })).toThrow(/roles are system, user, assistant/);
  });

  test("and others bring none", async () => {
    const files = await toPretrained(await made({}));
    expect(String(files["tokenizer_config.json"])).not.toContain("chat_template");
  });
});
