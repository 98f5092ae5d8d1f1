// Learning of byte pairs: the merges of the definition, in pieces of work, within bounded memory.

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { createTokenizer, learnTokenizer } from "../../src/entries/index.js";
import { tokenizerFromJSON } from "../../src/text/create.js";
import { type WordList, WordLists } from "../../src/text/word-lists.js";
import { execute } from "../cli/command-line.js";
import { generator, learnNaively } from "./byte-pairs.js";

const mergesOf = (text: string, vocab: number) => {
  const json = createTokenizer("bpe", text, { vocab }).toJSON();
  return json.kind === "bpe" ? json.merges : [];
};

/** Words without spaces, each a piece of its own because of the line breaks. */
function randomWords(seed: number, alphabet: string, count: number): string[] {
  const next = generator(seed);
  const characters = Array.from(alphabet);
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(9) }, () => characters[next(characters.length)]).join(""),
  );
}

describe("merges", () => {
  // Repeats such as aaaa overlap with themselves, where counts go wrong most easily.
  it.each([
    [1, "a"],
    [2, "ab"],
    [3, "abcde"],
    [4, "天地人a"],
    [5, "aé𠮷"],
  ])("are those of the definition (seed %i, %s)", (seed, alphabet) => {
    for (const count of [1, 30, 200]) {
      const words = randomWords(seed + count, alphabet, count);
      // A line break is a piece of its own: it takes part in no pair.
      expect(mergesOf(words.join("\n"), 256 + 60)).toEqual(learnNaively(words, 60).merges);
    }
  });
});

it("more than 65,536 tokens are learned, and a file holds them", () => {
  const halves = randomWords(5, "abcdefghijklmnopqrstuvwxyz", 40_000);
  const words = [...new Set(halves.map((half, i) => half + (halves[i + 1] ?? "")))];
  const tokenizer = createTokenizer("bpe", [words.join("\n"), words.join("\n")], {
    vocab: 2 ** 18,
  });
  expect(tokenizer.size).toBeGreaterThan(80_000);
  expect(tokenizer.size).toBeLessThanOrEqual(2 ** 18);
  const again = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
  // With every word in it twice, every word has become a token.
  const ids = words.map((word) => {
    const tokens = tokenizer.encode(word);
    expect(tokens).toHaveLength(1);
    expect(tokenizer.decode(tokens)).toBe(word);
    expect(again.encode(word)).toEqual(tokens);
    return tokens[0];
  });
  expect(new Set(ids).size).toBe(words.length);
  expect(Math.max(...ids)).toBeGreaterThan(65_536);
});

describe("learnTokenizer", () => {
  // Long enough for many turns, on a fast machine and after other learning has warmed the code up.
  const text = randomWords(9, "天地人日月山水abcdefgh", 120_000).join(" ");
  const options = { vocab: 2000, specials: ["<end>"] };

  it("makes what createTokenizer makes, with progress, and the event loop turns meanwhile", async () => {
    const seen: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const learned = await learnTokenizer("bpe", text, {
      ...options,
      onProgress({ merges, of }) {
        expect(of).toBe(2000 - 256);
        seen.push(merges);
      },
    });
    clearInterval(timer);
    expect(learned.toJSON()).toEqual(createTokenizer("bpe", text, options).toJSON());
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThanOrEqual(2000 - 256);
    expect(turns).toBeGreaterThan(2);
    expect((await learnTokenizer("char", "cab")).toJSON()).toEqual(
      createTokenizer("char", "cab").toJSON(),
    );
  });

  it("stops when it is told to", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const learning = learnTokenizer("bpe", text, {
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(learning).rejects.toBe(reason);
    const aborted = learnTokenizer("byte", text, { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
  });

  it("refuses options that it cannot use", async () => {
    const refused = (given: object) => expect(learnTokenizer("bpe", "aa", given)).rejects;
    await refused({ signal: 1 }).toThrow("signal must be an AbortSignal");
    await refused({ onProgress: 1 }).toThrow("onProgress must be a function, got 1");
    await refused({ vocab: 1 }).toThrow("vocab must be");
    await refused({ vocabs: 1 }).toThrow("does not know the option vocabs");
  });
});

it("memory is bounded: two megabytes without repeats are learned in a heap of 80", async () => {
  const entry = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
  const script = `
    import { createTokenizer } from ${JSON.stringify(pathToFileURL(entry).href)};
    const codes = new Uint16Array(700000);
    let state = 1;
    for (let i = 0; i < codes.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      codes[i] = 0x4e00 + ((state >>> 8) % 20902);
    }
    const text = new TextDecoder("utf-16le").decode(codes);
    console.log(createTokenizer("bpe", text, { vocab: 65536 }).size);
  `;
  const args = ["--max-old-space-size=80", "--input-type=module", "--eval", script];
  const { code, stdout } = await execute(process.execPath, args, { cwd: join(entry, "..") });
  expect([code, Number(stdout) > 20000]).toEqual([0, true]);
}, 60_000);

it("word lists keep order, leave out repeats, and use again what was cleared", () => {
  const lists = new WordLists();
  const empty = (): WordList => ({ first: -1, last: -1, filled: 0 });
  const next = generator(3);
  const all = Array.from({ length: 50 }, () => ({ list: empty(), values: [] as number[] }));
  for (let i = 0; i < 20000; i++) {
    const one = all[next(all.length)];
    if (next(100) === 0) {
      lists.clear(one.list);
      one.values = [];
    } else {
      const value = next(4);
      lists.push(one.list, value);
      if (one.values.at(-1) !== value) one.values.push(value);
    }
  }
  for (const { list, values } of all) expect([...lists.values(list)]).toEqual(values);
});
