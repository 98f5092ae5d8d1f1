// What people see of classes: a line each, from console.log in whatever runs this.
import * as library from "simdream";
import { startWorker } from "simdream/worker";

const worker = await startWorker();
const remote = await worker.LanguageModel.create({ corpus: "abc" });
const model = await library.LanguageModel.create({ corpus: "abc" });
const pairs = await library.Seq2Seq.create({ corpus: [{ source: "a", target: "b" }] });
const runtime = await library.load();
const shown = [
  model,
  pairs,
  model.fit("abcabc"),
  new library.WorkerPool(runtime, 2),
  worker,
  remote,
];
for (const one of [...shown, model.tokenizer]) console.log(one);
for (const Kind of Object.values(library).filter((one) => one.prototype instanceof Error)) {
  console.log(new Kind("why"));
}
for (const make of [() => library.LanguageModel.load("x"), () => worker.LanguageModel.load("x")]) {
  await make().catch((error) => console.log(error));
}
const named = Object.entries(library).filter(([, one]) => typeof one === "function");
console.log(JSON.stringify(named.map(([name, one]) => [name, one.name])));
await worker.close();
