// deno run --allow-read --allow-env dream.ts [text file]
//
// Learns a text in a worker, writes the loss as it goes, and continues a prompt.

import { english } from "npm:simdream/corpus";
import { startWorker } from "npm:simdream/worker";

const [file] = Deno.args;
const text = file ? await Deno.readTextFile(file) : english;
const steps = Number(Deno.env.get("STEPS") ?? 300);

await using worker = await startWorker();
const model = await worker.LanguageModel.create({ corpus: text, hidden: 96, seed: 1 });
for await (const { step, loss } of model.fit(text, { steps, batch: 16, lr: 5e-3 })) {
  if (step % 20 === 0 || step === steps) console.error(`step ${step}, loss ${loss.toFixed(3)}`);
}
const print = new TextEncoder();
for await (const { text: piece } of model.stream({ maxTokens: 300, temperature: 0.7, seed: 1 })) {
  await Deno.stdout.write(print.encode(piece));
}
console.log();
