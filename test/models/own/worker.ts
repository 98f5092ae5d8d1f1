// The worker's script with the models of the tests: as the package's, with other classes.

import { serveWorker } from "../../../src/remote/serve-worker.js";
import "./public.js";
import { Perceptron } from "./perceptron.js";
import { TwoPhases } from "./two-phases.js";

serveWorker({ Perceptron, TwoPhases } as unknown as Parameters<typeof serveWorker>[0]);
