// Learns a few dozen lines of a dialogue in two languages, and answers: npm run dialogue
// It also keeps the model: npx simdream chat dialogue.safetensors
import { readFile, writeFile } from "node:fs/promises";
import { readPairs } from "simdream";
import { learn, show } from "./learn.mjs";

const text = await readFile(new URL("dialogue.tsv", import.meta.url), "utf8");
const { pairs } = readPairs(text, { labelColumn: 2 });
const model = await learn(pairs, {
  create: { attention: "luong", hidden: 128, embed: 48 },
  fit: { steps: 400, batch: 16, lr: 5e-3, validation: pairs },
});
show(model, ["Hello!", "How are you?", "你是谁？", "讲个笑话。"]);
for (const source of ["Do you sleep?", "你喜欢晚安吗？"]) {
  const labels = Object.entries(model.classify(source));
  const told = labels.map(([label, p]) => `${label} ${(100 * p).toFixed(1)} %`).join(", ");
  console.log(`${source} is ${told}`);
}
await writeFile("dialogue.safetensors", model.save());
