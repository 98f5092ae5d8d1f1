// Rules for generated text, in the long form: some ten thousand texts of models of characters, bytes and byte pairs, hardly
// trained and trained, under 20 regular expressions, 20 JSON Schemas and 5 grammars, each looked at by somebody
// else: the engine's RegExp, ajv, and a checker of GBNF that tries everything. Then, where it is given, the tests of JSON
// Schema's own suite, one a line: { file, description, schema, data, valid }. And what rules cost.
//
//   node test/tasks/grammar.mjs [draft2020-12.jsonl[.gz]] [--seeds 38]
//
// Fails where a text is not one of its grammar, where of the trained models' texts 5 % or more were ended by maxTokens, or
// where an instance that is not valid is accepted.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { gbnf, jsonSchema, regex } from "../../dist/grammar.js";
import { LanguageModel } from "../../dist/node.js";
import { gbnfChecker } from "../sampling/grammar/gbnf-checker.mjs";

const require = createRequire(import.meta.url);
const { Ajv2020 } = require("ajv/dist/2020.js");
const addFormats = require("ajv-formats");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string", default: "38" } },
});

const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
const file = new URL("../sampling/grammar/cases.json", import.meta.url);
const { patterns, schemas, grammars } = JSON.parse(readFileSync(file, "utf8"));
const cases = [
  ...patterns.map(([pattern, flags]) => {
    const engine = new RegExp(`^(?:${pattern})$`, flags);
    return { name: pattern, grammar: regex(pattern, flags), checks: (text) => engine.test(text) };
  }),
  ...schemas.map((schema) => {
    const validate = ajv.compile(schema);
    const checks = (text) => validate(JSON.parse(text));
    return { name: JSON.stringify(schema), grammar: jsonSchema(schema), checks };
  }),
  ...grammars.map((source) => {
    return { name: source, grammar: gbnf(source), checks: gbnfChecker(source) };
  }),
];
let failed = false;

const characters = `${Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("")}\n今天下雨明天晴。，é😀`;
const kinds = [{ tokenizer: "char" }, { tokenizer: "byte" }, { tokenizer: "bpe", vocab: 400 }];
const untrained = [];
for (const options of kinds) {
  const corpus = [characters.repeat(4), characters];
  const model = await LanguageModel.create({ corpus, embed: 8, hidden: 16, seed: 1, ...options });
  await model.fit(corpus, { steps: 1, lr: 1e-6 });
  untrained.push(model);
}
const seeds = Number(values.seeds);
const learned = generate("hardly trained", untrained, 1).filter((text) => text.length < 100);

const trained = [];
for (const options of kinds) {
  const corpus = [...learned, characters];
  const model = await LanguageModel.create({ corpus, hidden: 64, seed: 1, ...options });
  const last = await model.fit(corpus, { steps: 400, batch: 16, lr: 5e-3 });
  console.log(`${options.tokenizer}: ${corpus.length} texts learned, loss ${last.loss.toFixed(2)}`);
  trained.push(model);
}
generate("trained", trained, 1000, 0.05);
if (positionals[0]) suite(positionals[0]);
await cost();
process.exit(failed ? 1 : 0);

/** Texts of each model under each grammar, and how many of them ended too early. */
function generate(name, models, seed, most = 1) {
  const begun = performance.now();
  const texts = [];
  let [ended, wrong] = [0, 0];
  for (const model of models) {
    for (const { name: what, grammar, checks } of cases) {
      for (let i = 0; i < seeds; i++) {
        let text;
        try {
          text = model.generate({ grammar, seed: seed + i, maxTokens: 400 }).text;
        } catch (error) {
          if (error.name !== "GrammarError" || !error.message.startsWith("maxTokens")) throw error;
          ended++;
          continue;
        }
        texts.push(text);
        if (checks(text)) continue;
        wrong++;
        console.log(`WRONG: ${what}: ${JSON.stringify(text)}`);
      }
    }
  }
  const all = texts.length + ended;
  console.log(
    `${name}: ${all} texts in ${((performance.now() - begun) / 1000).toFixed(0)} s, ${wrong} wrong, ` +
      `${ended} ended by maxTokens (${((100 * ended) / all).toFixed(2)} %)`,
  );
  failed ||= wrong > 0 || ended / all >= most;
  return texts;
}

/** The standard's own tests: instances with their keys in the order of the schema's properties. */
function suite(path) {
  const bytes = readFileSync(path);
  const lines = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().trim().split("\n");
  const made = new Map();
  const seen = { accepted: 0, valid: 0, missed: 0, wrong: 0 };
  for (const line of lines) {
    const { file: from, description, schema, data, valid } = JSON.parse(line);
    const key = JSON.stringify(schema);
    if (!made.has(key)) made.set(key, compiled(schema));
    const grammar = made.get(key);
    if (!grammar) continue;
    const accepted = grammar.accepts(JSON.stringify(ordered(schema, data)));
    if (valid) seen.valid++;
    if (accepted && !valid) seen.wrong++;
    if (!accepted && valid) seen.missed++;
    if (accepted !== valid)
      console.log(`${accepted ? "WRONG" : "narrowed"}: ${from}: ${description}`);
  }
  seen.accepted = [...made.values()].filter(Boolean).length;
  console.log(
    `suite: ${seen.accepted} of ${made.size} schemas compiled, ${seen.wrong} invalid instances accepted, ` +
      `${seen.valid - seen.missed} of ${seen.valid} valid ones`,
  );
  failed ||= seen.wrong > 0 || seen.accepted < 150;
}

function compiled(schema) {
  try {
    return jsonSchema(schema);
  } catch (error) {
    if (error.name !== "InvalidInputError") throw error;
    return undefined;
  }
}

function ordered(schema, value) {
  if (Array.isArray(value)) {
    return value.map((one, i) => ordered(schema?.prefixItems?.[i] ?? schema?.items, one));
  }
  if (typeof value !== "object" || value === null) return value;
  const names = new Set();
  const collect = (one) => {
    if (typeof one !== "object" || one === null) return;
    for (const name of Object.keys(one.properties ?? {})) names.add(name);
    for (const inner of one.allOf ?? []) collect(inner);
  };
  collect(schema);
  for (const name of Object.keys(value)) names.add(name);
  const entries = [...names].filter((name) => Object.hasOwn(value, name));
  return Object.fromEntries(
    entries.map((name) => [name, ordered(schema?.properties?.[name], value[name])]),
  );
}

/**
 * Microseconds of the processor a token, the middle one of many runs: without a grammar, with one of a thousand places,
 * and with one that goes in a circle, in turns.
 */
async function cost() {
  const corpus = "the cat sat on the mat, and the rat ran past the hat. ".repeat(50);
  const model = await LanguageModel.create({ corpus, hidden: 128, seed: 1 });
  await model.fit(corpus, { steps: 30 });
  const ways = {
    "without a grammar": {},
    "with one of a thousand places": { grammar: regex("[a-z ,.]{1000}") },
    "with one that goes in a circle": { grammar: regex("([a-z ,.]{10})+!?") },
  };
  const times = Object.keys(ways).map(() => []);
  for (let n = 0; n < 40; n++) {
    for (const [i, options] of Object.values(ways).entries()) {
      const begun = process.cpuUsage().user;
      const { samples } = model.generate({ ...options, maxTokens: 1000, seed: n });
      times[i].push((process.cpuUsage().user - begun) / samples[0].tokens.length);
    }
  }
  const middle = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
  for (const [i, name] of Object.keys(ways).entries()) {
    const more = i === 0 ? "" : ` (${(100 * (middle[i] / middle[0] - 1)).toFixed(1)} %)`;
    console.log(`cost: ${middle[i].toFixed(1)} µs a token ${name}${more}`);
  }
}
