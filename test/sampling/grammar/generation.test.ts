// What is generated under a grammar: by models of characters, bytes and byte pairs, untrained and trained.

import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { gbnf, jsonSchema, regex } from "../../../src/entries/grammar.js";
import {
  type Chunk,
  type GenerateOptions,
  GrammarError,
  InvalidInputError,
  Seq2Seq,
} from "../../../src/entries/index.js";
import { runtime } from "../../models/help.js";
import { assemble, collect, ids, trained } from "../help.js";
import cases from "./cases.json" with { type: "json" };
import { gbnfChecker } from "./gbnf-checker.mjs";

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const mixed = `${printable}\n今天下雨，明天天晴。é😀\n`;
const people = Array.from({ length: 40 }, (_, i) =>
  JSON.stringify({ name: ["anna", "bob", "carl"][i % 3], age: (i * 7) % 90 }),
);

const models = {
  char: await trained(mixed, {}, 5),
  documents: await trained([mixed, printable], {}, 5),
  byte: await trained(mixed, { tokenizer: "byte" }, 5),
  bpe: await trained(mixed.repeat(20), { tokenizer: "bpe", vocab: 300 }, 5),
  people: await trained(people, { hidden: 32 }, 150),
};
const text = await trained(`${people.join("\n")}\n`, { hidden: 32 }, 150);
const every = Object.entries(models).filter(([name]) => name !== "people");

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const all = [
  ...(cases.patterns as [string, string][]).map(([pattern, flags]) => {
    const engine = new RegExp(`^(?:${pattern})$`, flags);
    return [pattern, regex(pattern, flags), (some: string) => engine.test(some)] as const;
  }),
  ...cases.schemas.map((schema) => {
    const validate = ajv.compile(schema);
    const checks = (some: string) => validate(JSON.parse(some)) as boolean;
    return [JSON.stringify(schema).slice(0, 60), jsonSchema(schema), checks] as const;
  }),
  ...cases.grammars.map(
    (source) => [source.slice(0, 60), gbnf(source), gbnfChecker(source)] as const,
  ),
];

describe("the text is one of the grammar's", () => {
  test.each(all)("%s", (_, grammar, checks) => {
    let ended = 0;
    for (const [name, model] of every) {
      for (const options of [{ seed: 1 }, { seed: 2, temperature: 0.5 }, { seed: 3, topK: 3 }]) {
        try {
          const [{ text: made, finish }] = model.generate({
            ...options,
            grammar,
            maxTokens: 400,
          }).samples;
          expect(checks(made), `${name}: ${made}`).toBe(true);
          expect(grammar.accepts(made)).toBe(true);
          expect(["end", "length"]).toContain(finish);
        } catch (error) {
          expect(error).toBeInstanceOf(GrammarError);
          expect((error as Error).message).toMatch(/^maxTokens \(400\) ended the text/);
          ended++;
        }
      }
    }
    expect(ended).toBeLessThan(9);
  });
});

describe("with a grammar", () => {
  const person = jsonSchema({
    type: "object",
    properties: { name: { type: "string" }, age: { type: "integer", minimum: 18, maximum: 65 } },
    required: ["name", "age"],
    additionalProperties: false,
  });

  test.each([["documents", models.people, ""] as const, ["a text", text, "\n"] as const])(
    "a trained model of %s says what it learned, and ends by itself",
    (_, model, prompt) => {
      for (const options of [
        { samples: 20 },
        { greedy: true },
        { beams: 4, samples: 3, maxTokens: 60 },
      ]) {
        const { samples } = model.generate({ prompt, grammar: person, ...options });
        for (const { text: made, finish } of samples) {
          const { name, age } = JSON.parse(made);
          expect(typeof name).toBe("string");
          expect(age >= 18 && age <= 65).toBe(true);
          expect(finish).toBe("end");
        }
      }
    },
  );

  test("where nothing can follow, the text ends without another token", () => {
    for (const model of [models.char, models.documents]) {
      const [{ tokens, finish }] = model.generate({
        grammar: regex("[a-c]{7}"),
        maxTokens: 7,
      }).samples;
      expect(tokens).toHaveLength(7);
      expect(finish).toBe("end");
    }
  });

  test("a model without an end ends where its own choice would leave the grammar", () => {
    const model = text;
    const grammar = regex("[a-z]+");
    for (let seed = 0; seed < 20; seed++) {
      const [free] = model.generate({ prompt: '{"name":"', maxTokens: 30, seed }).samples;
      const [own] = model.generate({ prompt: '{"name":"', maxTokens: 30, seed, grammar }).samples;
      const word = /^[a-z]*/.exec(free.text)![0];
      if (word === "") expect(own.text).toMatch(/^[a-z]+$/);
      else expect(own.text).toBe(word);
      expect(own.tokens).toEqual(ids(model, own.text));
    }
  });

  test("exactly the tokens are left from which the grammar can be completed", () => {
    const words = ["red", "reed", "rose", "zebra", "été"];
    const grammar = regex(words.join("|"));
    for (const model of [models.char, models.byte, models.bpe]) {
      const { tokenizer } = model;
      const mask = (allowed: Uint8Array, at: { readonly tokens: readonly number[] }) => {
        before.push(at.tokens);
        allowed.fill(1);
      };
      const before: (readonly number[])[] = [];
      for (let seed = 0; seed < 10; seed++) {
        const [{ text: made, logprobs }] = model.generate({
          grammar,
          mask,
          seed,
          logprobs: true,
        }).samples;
        expect(words).toContain(made);
        expect(logprobs!.length).toBe(before.splice(0).length);
      }
      const run = grammar.start(tokenizer, { end: undefined }, { maxTokens: 9, prompt: "" });
      const encoder = new TextEncoder();
      for (const prefix of ["", "r", "re", "ros", "é"]) {
        let place = run.start;
        for (const token of tokenizer.encode(prefix)) place = run.next(place, token);
        const logits = new Float32Array(tokenizer.size);
        run.mask(place, logits);
        const so = Array.from(encoder.encode(prefix));
        for (let token = 0; token < tokenizer.size; token++) {
          const bytes = [...so, ...tokenizer.bytes(token)];
          const fits = words.some((word) => {
            const whole = encoder.encode(word);
            return (
              bytes.length > so.length &&
              bytes.length <= whole.length &&
              bytes.every((b, i) => b === whole[i])
            );
          });
          expect(logits[token] === 0, `${prefix}, token ${token}`).toBe(fits);
        }
      }
    }
  });

  test("characters that the vocabulary lacks are never needed", async () => {
    const model = await trained("abcab\n".repeat(20), {}, 5);
    for (let seed = 0; seed < 10; seed++) {
      const grammar = regex("(ax|bc|a(b|yz)c)(a|x)");
      expect(model.generate({ grammar, seed }).text).toMatch(/^(bc|abc)a$/);
    }
    const grammar = jsonSchema({ type: "object" });
    expect(() => model.generate({ grammar })).toThrow(InvalidInputError);
    expect(() => model.generate({ grammar })).toThrow('its vocabulary lacks "{", "}"');
  });

  test.each([
    ["maxTokens", { maxTokens: 5 }, "maxTokens (5) ended the text before the grammar was complete"],
    [
      "a stop string",
      { stop: "c" },
      "a stop string ended the text before the grammar was complete",
    ],
    ["bans", { banned: ["d"] }, "bans, biases or the mask left the text no token"],
  ] as const)(
    "%s that ends a text too early is an error, after its pieces",
    async (_, options, message) => {
      const grammar = regex("abcdefg");
      for (const model of [models.char, models.documents]) {
        expect(() => model.generate({ grammar, ...options })).toThrow(GrammarError);
        expect(() => model.generate({ grammar, beams: 2, ...options })).toThrow(message);
        const pieces: string[] = [];
        const read = async () => {
          for await (const piece of model.stream({ grammar, ...options })) pieces.push(piece.text);
        };
        await expect(read()).rejects.toThrow(message);
        expect("abcdefg").toContain(pieces.join(""));
        expect(pieces.join("")).not.toBe("");
      }
    },
  );

  test("of several samples the stream gives all, and the error says how many ended too early", async () => {
    const grammar = regex("a{2}|b{40}");
    const options: GenerateOptions = { grammar, samples: 20, maxTokens: 10 };
    const pieces: Chunk[] = [];
    const read = async () => {
      for await (const piece of models.char.stream(options)) pieces.push(piece);
    };
    const error = await read().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(GrammarError);
    const samples = assemble(pieces, 20);
    const cut = samples.filter(({ finish }) => finish === "length");
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.length).toBeLessThan(20);
    for (const { text: made, finish } of samples)
      expect(made).toBe(finish === "end" ? "aa" : "b".repeat(10));
    expect(error.message).toMatch(`ended ${cut.length} of 20 samples`);
  });

  test("a stop string may end a text that is complete before it", () => {
    const grammar = regex("ab*");
    const { text: made, samples } = models.documents.generate({
      grammar,
      stop: "bb",
      logitBias: { b: 50 },
    });
    expect(made).toBe("a");
    expect(samples[0].finish).toBe("stop");
  });

  test("alone, together, in a stream and again it is the same", async () => {
    const grammar = regex("[a-z0-9]{3,30}");
    const model = models.documents;
    const options = { grammar, samples: 4, seed: 3 };
    const { samples } = model.generate(options);
    for (const [i, sample] of samples.entries()) {
      expect(model.generate({ grammar, seed: 3 + i }).samples[0]).toEqual(sample);
    }
    const streamed = assemble(await collect(model.stream(options)), 4);
    expect(streamed).toEqual(samples.map(({ seed: _, ...sample }) => sample));
    const again = regex("[a-z0-9]{3,30}");
    expect(model.generate({ ...options, grammar: again }).samples).toEqual(samples);
    const small = await model.quantize();
    expect(small.generate(options).text).toMatch(/^[a-z0-9]{3,30}$/);
  });

  test("an encoder-decoder answers in it", async () => {
    const pairs = [..."abcdef"].map((source, i) => ({ source, target: `${i}-${source}` }));
    const model = await Seq2Seq.create({ runtime, corpus: pairs, embed: 8, hidden: 16, seed: 1 });
    await model.fit(pairs, { steps: 5 });
    for (const options of [{}, { greedy: true }, { beams: 3 }]) {
      const { text: made } = model.generate({
        source: "a",
        grammar: regex("\\d-[ab]"),
        ...options,
      });
      expect(made).toMatch(/^\d-[ab]$/);
    }
  });

  test("what is no grammar is refused", () => {
    const wrong = { grammar: /a/ as never };
    expect(() => models.char.generate(wrong)).toThrow(
      "grammar must be what regex, jsonSchema or gbnf",
    );
  });
});
