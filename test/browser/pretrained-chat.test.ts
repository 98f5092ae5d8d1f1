// The conversation on the example page of pretrained models, in Chromium; and what the page learns where there is no model.

import { describe, expect, it } from "vitest";
import { ahoyTalk, smallTalk } from "../../examples/browser/small-talk.js";
import { fromPretrained } from "../../src/entries/hugging-face-names.js";
import { type ChatMessage, LanguageModel } from "../../src/entries/index.js";
import { filesOf, runtime } from "../models/hugging-face/help.js";
import { at, examplePage } from "./example-page.js";

const page = examplePage("pretrained.html");
const { change, choose, complaint, complaints, press, run, saved, text, until } = page;

const TEMPLATE =
  "{% for message in messages %}{{ ('!' if message.role == 'assistant' else '?') + message.content + '</s>' }}" +
  "{% endfor %}{% if add_generation_prompt %}!{% endif %}";
const chatConfig = { chat_template: TEMPLATE, bos_token: "<s>", eos_token: "</s>" };
const files = {
  ...filesOf("qwen2"),
  "tokenizer_config.json": new TextEncoder().encode(JSON.stringify(chatConfig)),
};
const TALK = [
  {
    messages: [
      { role: "user", content: "was it" },
      { role: "assistant", content: "it was" },
    ],
  },
  {
    messages: [
      { role: "user", content: "was she" },
      { role: "assistant", content: "she was" },
    ],
  },
];
const LINES = TALK.map((one) => JSON.stringify(one)).join("\n");

const answered = () =>
  until(`!${at("send")}.hidden && !${at("said")}.querySelector("[aria-busy]")`);
/** What is said on the page: words, and notes under them. */
const said = async () =>
  (await run(`[...${at("said")}.children].map((one) =>
    [one.className, one.children[0].textContent, one.children[1]?.textContent ?? ""])`)) as string[][];
async function say(line: string): Promise<string[]> {
  await change("line", line);
  await press("send");
  await answered();
  return (await said()).at(-1)!;
}

describe("the page of pretrained models", () => {
  it("chats with a model that knows conversations, adapted or not", async (test) => {
    await page.open(test, `${at("status")}.textContent === "Open a model first."`);
    const model = await fromPretrained(files, { runtime });

    // One that knows none is said to know none, and learns none.
    await choose("files", filesOf("llama"));
    await until(`${at("status")}.textContent === "Not adapted yet."`);
    expect(await run(`${at("chat")}.hidden`)).toBe(true);
    expect(await text("why-not")).toMatch(
      /^your files continues texts\. It knows no conversations/,
    );
    await change("corpus", LINES, "input");
    await until(`!${at("train")}.disabled`);
    await press("train");
    expect(await complaint()).toMatch(/^These are conversations, and this model knows none/);

    await choose("files", files);
    await until(`!${at("chat")}.hidden`);
    expect(await run(`${at("no-chat")}.hidden && ${at("problem")}.hidden`)).toBe(true);
    expect(await text("facts")).toMatch(/by its chat template/);
    const asked = { maxTokens: 16, temperature: 0.3, overflow: "stop" } as const;
    const messages: ChatMessage[] = [{ role: "user", content: "was it" }];
    const first = model.generate({ ...asked, messages, seed: 0 }).text;
    expect((await say("was it")).slice(0, 2)).toEqual(["assistant", first]);
    await change("system", "be");
    const second: ChatMessage[] = [
      { role: "system", content: "be" },
      ...messages,
      { role: "assistant", content: first },
      { role: "user", content: "it" },
    ];
    const { text: more } = model.generate({ ...asked, messages: second, seed: 1 });
    expect((await say("it"))[1]).toBe(more);

    // The oldest turns make room, and are pale.
    for (let turn = 0; turn < 3; turn++) await say("was it late");
    expect((await said())[0][0]).toBe("user forgotten");
    expect((await said()).at(-1)![0]).toBe("assistant");
    expect(await text("chat-problem")).toBe("");

    // A line that is too long stays to be mended.
    const before = await said();
    await say("was ".repeat(50));
    expect(await text("chat-problem")).toMatch(/context/);
    expect(await said()).toEqual(before);
    expect(await run(`${at("line")}.value`)).toBe("was ".repeat(50));

    // Adapted to conversations: the numbers of Node.
    await press("fresh");
    expect(await said()).toEqual([]);
    await change("system", "");
    await change("steps", 6);
    await change("rank", 4);
    await change("corpus", LINES, "input");
    await press("train");
    await page.trained();
    await until(`!${at("send")}.disabled`);
    const lora = { name: "text-1", rank: 4, targets: "attention" } as const;
    const fit = {
      steps: 6,
      batch: 8,
      maxLength: 64,
      lr: 0.005,
      schedule: "cosine",
      val: 0,
    } as const;
    await model.fit(TALK, { ...fit, lora });
    const fingerprint = model.getAdapter().fingerprint().slice(0, 12);
    expect(await text("status")).toMatch(new RegExp(`weights ${fingerprint}$`));
    expect(await text("preview")).toMatch(/^“was it” – “/);
    const by = (adapter: string | null, seed: number) =>
      model.generate({ ...asked, messages, seed, adapter }).text;
    expect(await say("was it")).toEqual([
      "assistant",
      by("text-1", 0),
      expect.stringMatching(/^adapted/),
    ]);
    await change("by", "base");
    await press("again");
    await answered();
    expect((await said()).at(-1)).toEqual([
      "assistant",
      by(null, 1),
      expect.stringMatching(/^as it came/),
    ]);
    expect(await said()).toHaveLength(2);

    // A file with a line that is none.
    await change("corpus", `${LINES}\nwas it`, "input");
    await press("train");
    expect(await complaint()).toBe('Line 3 is no conversation: expected {"messages": […]}.');
    expect(await page.widthAt(360)).toBe(360);
    expect(complaints).toEqual([]);
  });

  it("makes a small model where there is none, which may be stopped, saved and opened", async (test) => {
    await page.open(test, `${at("status")}.textContent === "Open a model first."`);
    await choose("own-talk", { "a.jsonl": new TextEncoder().encode("was it") });
    expect(await complaint()).toMatch(/^a\.jsonl: expected a line/);
    await choose("own-talk", { "a.jsonl": new TextEncoder().encode(LINES) });
    await until(`/^step (?!1 )/.test(${at("making")}.textContent)`);
    expect(await run(`${at("folder")}.disabled && ${at("problem")}.hidden`)).toBe(true);
    await press("enough");
    await until(`!${at("chat")}.hidden`);
    expect(await text("facts")).toMatch(/made of a\.jsonl.*with a token for each role/);
    expect(await run(`${at("starters")}.hidden`)).toBe(true);
    await say("was it");
    const [, [, answer]] = await said();
    const model = await LanguageModel.load(await saved("save-made"), { runtime });
    const messages = [{ role: "user", content: "was it" }];
    const asked = { maxTokens: 64, temperature: 0.3, overflow: "stop", seed: 0 } as const;
    const { text: expected } = model.generate({ ...asked, messages });
    expect(answer).toBe(expected === "" ? "(It says nothing.)" : expected);

    // The set that comes with the page, with lines to begin with.
    await choose("files", filesOf("llama"));
    await until(`!${at("no-chat")}.hidden && !${at("make")}.disabled`);
    await press("make");
    await until(`/^step (?!1 )/.test(${at("making")}.textContent)`);
    await press("enough");
    await until(`!${at("chat")}.hidden && !${at("send")}.disabled`);
    expect(await run(`${at("starters")}.children.length`)).toBeGreaterThan(5);

    // Where nothing was said yet, the line is there again.
    await run(`${at("starters")}.children[0].click(); ${at("hush")}.click()`);
    await answered();
    expect(await said()).toEqual([]);
    expect(await run(`${at("line")}.value`)).toBe("Hello");
    expect(complaints).toEqual([]);
  });
});

it("the conversations that come with the page are right, and the same every time", () => {
  const answers = (all: { messages: { role: string; content: string }[] }[]) =>
    all.flatMap(({ messages }) => messages.filter(({ role }) => role === "assistant"));
  const sums = answers(smallTalk()).flatMap(({ content }) => {
    const found = /(\d+) (?:\+|加) (\d+) (?:is|等于) (\d+)/.exec(content);
    return found ? [found.slice(1).map(Number)] : [];
  });
  expect(new Set(sums.map(([a, b]) => `${a} ${b}`)).size).toBe(100);
  for (const [a, b, sum] of sums) expect(sum).toBe(a + b);
  expect(smallTalk()).toEqual(smallTalk());
  for (const { content } of answers(ahoyTalk())) expect(content).toMatch(/^(Ahoy|嘿)[!！]/);
});
