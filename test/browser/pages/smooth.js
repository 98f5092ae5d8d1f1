// A page that trains and streams in a worker and draws what comes; every task of its own thread of over
// 50 ms is noted.
import { startWorker } from "simdream/worker";
import { fit, report, sampling, shape } from "./task.js";

const long = [];
const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
observer.observe({ type: "longtask", buffered: true });

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const seen = async (since) => {
  // The observer is told of a task after its end.
  for (let i = 0; i < 5; i++) await frame();
  long.push(...observer.takeRecords());
  return long.filter(({ startTime }) => startTime >= since).map(({ duration }) => duration);
};

const show = document.createElement("pre");
document.body.append(show);

/** Trains and streams, drawing; @returns how much came. */
async function draw(worker, options, training, tokens) {
  const model = await worker.LanguageModel.create(options);
  let steps = 0;
  for await (const { step, loss } of model.fit(options.corpus, training)) {
    steps = step;
    show.textContent = `${step} ${loss}`;
  }
  let text = "";
  for await (const chunk of model.stream({ ...sampling, maxTokens: tokens })) {
    text += chunk.text;
    show.textContent = text;
  }
  return { steps, characters: text.length };
}

report(async () => {
  const worker = await startWorker();
  await draw(worker, shape, fit, 50);
  await frame();
  const begun = performance.now();
  const training = { steps: 60, batch: 16, seqLen: 48 };
  const drawn = await draw(worker, { ...shape, hidden: 128 }, training, 400);
  const durations = await seen(begun);
  const elapsed = performance.now() - begun;
  await worker.close();
  // That the observer sees anything at all: a task that is long on purpose.
  const blocked = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const until = performance.now() + 120;
  while (performance.now() < until);
  return { ...drawn, elapsed, long: durations, known: await seen(blocked) };
});
