// What the Web Worker runs. It has no import map, so the package goes by its address.

import * as simdream from "/node_modules/simdream/dist/index.js";
import * as nn from "/node_modules/simdream/dist/nn.js";
import { conformance } from "../conformance.js";

try {
  postMessage(await conformance(simdream, nn));
} catch (error) {
  postMessage({ error: `${error.message}\n${error.stack}` });
}
