// What runs in a worker: one function, offered over comlink. It has no imports once it is built, and
// takes nothing from its runtime but `postMessage` and `addEventListener`.

import { expose } from "comlink";
import { shardWorker } from "./models/shard-worker.js";

expose(shardWorker);
