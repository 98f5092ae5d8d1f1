// What the Web Worker runs. It has no import map, so the package goes by its address.

import * as fairness from "/node_modules/simdream/dist/fairness-browser.js";
import * as game from "/node_modules/simdream/dist/game-browser.js";
import * as grammar from "/node_modules/simdream/dist/grammar-browser.js";
import * as huggingFace from "/node_modules/simdream/dist/hugging-face.js";
import * as simdream from "/node_modules/simdream/dist/index.js";
import * as insight from "/node_modules/simdream/dist/insight.js";
import * as nn from "/node_modules/simdream/dist/nn.js";
import * as style from "/node_modules/simdream/dist/style.js";
import { conformance } from "../conformance.js";

try {
  postMessage(
    await conformance(simdream, nn, grammar, huggingFace, style, game, fairness, insight),
  );
} catch (error) {
  postMessage({ error: `${error.message}\n${error.stack}` });
}
