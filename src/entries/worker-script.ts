// What runs in a worker: every network and every model. It has no imports once it is built.

import { everyModel } from "../models/every-model.js";
import { buildEveryNetwork } from "../models/every-network.js";
import { serveWorker } from "../remote/serve-worker.js";

serveWorker(buildEveryNetwork, everyModel);
