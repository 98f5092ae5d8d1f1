// In a frame of another origin, without headers of any kind.
import * as simdream from "simdream";
import { startWorker } from "simdream/worker";
import { dreamIn, outcome, report, trained } from "./task.js";

report(async () => {
  const here = outcome(await trained(simdream));
  const worker = await startWorker();
  const there = await dreamIn(worker);
  await worker.close();
  const result = { here, there, isolated: globalThis.crossOriginIsolated };
  globalThis.parent.postMessage(result, "*");
  return result;
});
