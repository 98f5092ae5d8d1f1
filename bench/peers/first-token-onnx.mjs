// The same with ONNX Runtime Web.

import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";
import { draw } from "./work.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const step = await ort.InferenceSession.create(readFileSync(process.argv[2]));
const state = () => new ort.Tensor("float32", new Float32Array(256), [1, 1, 256]);
const tokens = new ort.Tensor("int64", new BigInt64Array(1), [1, 1]);
const { logits } = await step.run({ tokens, h: state(), c: state() });
const chosen = [0];
draw(logits.data, 1, Math.random, chosen);
process.stdout.write(String(chosen[0]));
process.exit(0);
