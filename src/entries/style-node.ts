// The same for runtimes that have node:worker_threads.

import "./node.js";

export * from "./style.js";
