// The suite in Node, Deno and Bun: the result is a line of JSON on standard output.

import * as simdream from "simdream";
import * as fairness from "simdream/fairness";
import * as game from "simdream/game";
import * as grammar from "simdream/grammar";
import * as huggingFace from "simdream/hugging-face";
import * as insight from "simdream/insight";
import * as nn from "simdream/nn";
import * as style from "simdream/style";
import { conformance } from "../conformance.js";

const { Deno, Bun, process } = globalThis;

function where() {
  if (Deno) return { version: Deno.version.deno, engine: `V8 ${Deno.version.v8}` };
  if (Bun)
    return {
      version: Bun.version,
      engine: `JavaScriptCore ${process.versions.webkit.slice(0, 7)}`,
    };
  return { version: process.versions.node, engine: `V8 ${process.versions.v8}` };
}

console.log(
  JSON.stringify({
    ...where(),
    ...(await conformance(simdream, nn, grammar, huggingFace, style, game, fairness, insight)),
  }),
);
