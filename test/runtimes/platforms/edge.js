// workerd and edge-runtime: handlers that answer with the suite's result.

import { answerOfEdgeRuntime, answerOfWorkerd } from "../lib/edge.js";
import { carriedVersion } from "../lib/platform.js";

const platform = (name, engine, answer) => ({
  name,
  workers: false,
  async run({ folder }) {
    const version = carriedVersion(name);
    return { version, engine, ...(await answer(folder, "fetch.js")) };
  },
});

export const edge = [
  platform("workerd", "V8", answerOfWorkerd),
  platform("edge-runtime", `V8 ${process.versions.v8}`, answerOfEdgeRuntime),
];
