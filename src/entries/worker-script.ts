// What runs in a worker: every model and every network. It has no imports once it is built.

import { everyModel } from "../models/every-network.js";
import { serveWorker } from "../remote/serve-worker.js";

serveWorker(everyModel);
