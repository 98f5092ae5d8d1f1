// What the Web Worker runs. It has no import map, so the package goes by its address.

import * as huggingFace from "/node_modules/simdream/dist/hugging-face.js";
import * as simdream from "/node_modules/simdream/dist/index.js";
import * as nn from "/node_modules/simdream/dist/nn.js";
import * as style from "/node_modules/simdream/dist/style.js";
import { conformance } from "../conformance.js";

/** Files of the package that name the package: here the names have the addresses of the same files. */
async function named(file) {
  const at = (name) => new URL(`/node_modules/simdream/dist/${name}.js`, location.href).href;
  const source = await (await fetch(at(file))).text();
  const own = source
    .replaceAll('"simdream"', JSON.stringify(at("index")))
    .replaceAll('"simdream/grammar"', JSON.stringify(at("grammar")));
  return import(URL.createObjectURL(new Blob([own], { type: "text/javascript" })));
}

try {
  const [grammar, game] = [await named("grammar"), await named("game")];
  postMessage(await conformance(simdream, nn, grammar, huggingFace, style, game));
} catch (error) {
  postMessage({ error: `${error.message}\n${error.stack}` });
}
