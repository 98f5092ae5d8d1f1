// Learns records, JSON lines of invented people, and writes new ones that keep to a schema: npm run records.
// Without the schema, a model that has learned so little soon writes what is no JSON.
import { LanguageModel } from "simdream";
import { jsonSchema } from "simdream/grammar";
import { capitals } from "./browser/capitals.js";

const roles = ["editor", "nurse", "pilot", "potter"];
const records = capitals.map((city, i) =>
  JSON.stringify({
    name: `${city[0]}${capitals[(i * 7 + 3) % capitals.length].slice(1)}`,
    city,
    age: 18 + ((i * 37) % 60),
    role: roles[i % 4],
  }),
);

const model = await LanguageModel.create({
  corpus: records,
  network: { kind: "transformer", hidden: 64, layers: 2, heads: 4 },
  seed: 1,
});
const steps = Number(process.env.STEPS ?? 200);
const last = await model.fit(records, { steps, batch: 32, lr: 3e-3, schedule: "cosine" });
console.log(`${records.length} records, step ${last.step}: loss ${last.loss.toFixed(3)}`);

const grammar = jsonSchema({
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Z][a-z]+$", maxLength: 12 },
    city: { enum: capitals },
    age: { type: "integer", minimum: 20, maximum: 39 },
    role: { enum: roles },
  },
  required: ["name", "city", "age", "role"],
  additionalProperties: false,
});
const options = { samples: 12, temperature: 0.9, seed: 1 };
const isJson = ({ text }) => {
  try {
    return Boolean(JSON.parse(text));
  } catch {
    return false;
  }
};
const free = model.generate(options).samples;
console.log(`without the schema ${free.filter(isJson).length} of ${free.length} are JSON`);
const { samples } = model.generate({ ...options, grammar });
console.table(samples.map(({ text }) => JSON.parse(text)));
