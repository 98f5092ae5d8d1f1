// The tokenizers of GPT-2 and Llama 2 and small models of five families, where their files are there.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderChat } from "../../../src/text/foreign/chat.js";
import { foreignTokenizer } from "../../../src/text/foreign/files.js";
import type { HuggingFaceTokenizer } from "../../../src/text/foreign/tokenizer.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const folder = join(root, "shared", "data", "models");
const isThere = existsSync(join(folder, "tokenizers", "strings.jsonl"));
if (!isThere) console.log(`skipped: ${folder} is not there, so real tokenizers were not checked`);

const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");
const optional = (...path: string[]) =>
  existsSync(join(folder, ...path)) ? { tokenizerConfig: read(...path) } : {};
const open = (...path: string[]) =>
  foreignTokenizer({
    tokenizerJSON: read(...path, "tokenizer.json"),
    ...optional(...path, "tokenizer_config.json"),
  });
const ids = (tokens: Int32Array) => Array.from(tokens);

const folders: Record<string, string[]> = {
  gpt2: ["tokenizers", "gpt2"],
  llama2: ["tokenizers", "llama2"],
  stories260K: ["stories260K"],
  tinyGpt2: ["tiny-gpt2"],
  tinyLlama: ["tiny-llama"],
  tinyMistral: ["tiny-mistral"],
  tinyQwen2: ["tiny-qwen2"],
};

describe.runIf(isThere)("real tokenizers", () => {
  const strings: Record<string, unknown>[] = isThere
    ? read("tokenizers", "strings.jsonl")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];

  const expectAll = (tokenizer: HuggingFaceTokenizer, name: string) => {
    for (const row of strings) {
      const text = row.text as string;
      const wanted = row[name] ?? (name.startsWith("tiny") ? row.tiny : undefined);
      const got = ids(tokenizer.encode(text));
      if (wanted !== undefined) expect(got, JSON.stringify(text)).toEqual(wanted);
      const form = name === "tinyQwen2" ? text.normalize("NFC") : text;
      expect(tokenizer.decode(got)).toBe(form);
    }
    expect(strings).toHaveLength(1000);
  };

  it.each(Object.keys(folders))("%s: all ids equal, and the texts come back", (name) => {
    expectAll(open(...folders[name]), name);
  });

  it("GPT-2 from its own two files, Llama 2 from its own one", () => {
    const files = {
      vocab: read("gpt2-tokenizer", "encoder.json"),
      merges: read("gpt2-tokenizer", "vocab.bpe"),
    };
    expectAll(foreignTokenizer(files), "gpt2");
    const sentencepiece = readFileSync(join(folder, "llama2-tokenizer", "tokenizer.model"));
    expectAll(foreignTokenizer({ sentencepiece }), "llama2");
  });

  it("special tokens where they are wanted", () => {
    const { cases } = JSON.parse(read("tokenizers", "specials.json"));
    for (const [name, path] of Object.entries(folders)) {
      const tokenizer = open(...path);
      for (const one of cases) {
        const { plain, withSpecials } = one[name];
        const got = ids(tokenizer.encodeSpecial(one.text));
        expect(got, `${name} ${one.text}`).toEqual(plain);
        expect([...tokenizer.before, ...got, ...tokenizer.after]).toEqual(withSpecials);
      }
    }
  });

  it("a chat template: texts and ids", () => {
    const text = read("tiny-qwen2", "chat.json");
    const { conversations, errors } = JSON.parse(text);
    const tokenizer = open("tiny-qwen2");
    for (const { messages, tools, ...wanted } of conversations) {
      // JSON.parse loses that 19.0 has a point.
      const conversation = JSON.stringify(messages).replace('"b":19,', '"b":19.0,');
      for (const addGenerationPrompt of [false, true]) {
        const end = addGenerationPrompt ? "WithGenerationPrompt" : "";
        const options = { addGenerationPrompt, ...(tools && { tools }) };
        const rendered = renderChat(tokenizer.chatTemplate!, conversation, options);
        expect(rendered).toBe(wanted[`rendered${end}`]);
        expect(ids(tokenizer.encodeSpecial(rendered))).toEqual(wanted[`ids${end}`]);
      }
    }
    for (const { messages, error } of errors) {
      expect(() => renderChat(tokenizer.chatTemplate!, messages)).toThrow(error);
    }
  });
});
