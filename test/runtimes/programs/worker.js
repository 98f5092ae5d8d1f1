// What the Web Worker runs. It has no import map, so the package goes by its address.

import * as huggingFace from "/node_modules/simdream/dist/hugging-face.js";
import * as simdream from "/node_modules/simdream/dist/index.js";
import * as nn from "/node_modules/simdream/dist/nn.js";
import * as style from "/node_modules/simdream/dist/style.js";
import { conformance } from "../conformance.js";

/** A file of the package that names the package: here it has the address of the same file. */
async function grammar() {
  const at = (name) => new URL(`/node_modules/simdream/dist/${name}.js`, location.href).href;
  const source = await (await fetch(at("grammar"))).text();
  const own = source.replaceAll('"simdream"', JSON.stringify(at("index")));
  return import(URL.createObjectURL(new Blob([own], { type: "text/javascript" })));
}

try {
  postMessage(await conformance(simdream, nn, await grammar(), huggingFace, style));
} catch (error) {
  postMessage({ error: `${error.message}\n${error.stack}` });
}
