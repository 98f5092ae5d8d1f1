// A page under a strict Content-Security-Policy: the worker's script comes from a file.
import * as simdream from "simdream";
import { startWorker } from "simdream/worker";
import { dreamIn, outcome, report, trained } from "./task.js";

report(async () => {
  const runtime = (await simdream.load()).withWorkers(
    () => new Worker("./worker-script.js", { type: "module" }),
  );
  const here = outcome(await trained(simdream, runtime));
  const worker = await startWorker(runtime);
  const there = await dreamIn(worker);
  await worker.close();
  const blob = await startWorker().catch(({ name, message }) => `${name}: ${message}`);
  let code = "allowed";
  try {
    // biome-ignore lint/security/noGlobalEval: the policy must be seen to be in force.
    globalThis.eval("1");
  } catch (error) {
    code = error.name;
  }
  return { here, there, blob, code };
});
