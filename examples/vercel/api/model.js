// A language model in an edge function, for every client of OpenAI's completions. It is loaded when the
// function starts; some of the platform's tools take no `await` outside functions, hence the promise.

import { LanguageModel } from "simdream";
import { createHandler } from "simdream/serve";
import base64 from "./_model.js";

export const config = { runtime: "edge" };

async function start() {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const model = await LanguageModel.load(bytes);
  return createHandler(model, { name: "small", maxTokens: 256, maxPromptTokens: 256 });
}
const started = start();

export default async (request) => (await started)(request);
