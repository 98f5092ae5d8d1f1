// Learns a list of flowers in a worker, and invents more. Vite needs no setting for it.

import { startWorker } from "simdream/worker";
import { flowers } from "./flowers";

const status = document.querySelector("#status")!;
const names = document.querySelector("#names")!;

const worker = await startWorker();
const model = await worker.LanguageModel.create({ corpus: flowers, hidden: 64, seed: 1 });
for await (const { step, steps, loss } of model.fit(flowers, { steps: 150, batch: 16 })) {
  status.textContent = `step ${step} of ${steps}, loss ${loss.toFixed(3)}`;
}
const { samples } = await model.generate({ samples: 12, maxTokens: 20, temperature: 0.9, seed: 3 });
for (const { text } of samples) {
  const item = document.createElement("li");
  item.textContent = text;
  names.append(item);
}
await worker.close();
