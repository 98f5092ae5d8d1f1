// The same for runtimes that have node:worker_threads.

import "./node.js";

export * from "./hugging-face.js";
