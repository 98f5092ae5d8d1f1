// A page whose service worker generates: it answers a model's file with a text.
import * as simdream from "simdream";
import { outcome, report, trained } from "./task.js";

report(async () => {
  const model = await trained(simdream);
  const { serviceWorker } = navigator;
  const claimed = new Promise((resolve) => {
    serviceWorker.addEventListener("controllerchange", resolve);
  });
  await serviceWorker.register("./service-worker.js", { type: "module" });
  await claimed;
  const response = await fetch("./generate", { method: "POST", body: model.save() });
  return { here: outcome(model), there: await response.json() };
});
