// The suite in a page's Web Worker.

import { post } from "./post.js";

await post(
  () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message = "the worker could not be started" }) =>
        reject(new Error(message));
    }),
);
