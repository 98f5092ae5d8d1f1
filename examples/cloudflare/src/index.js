// A language model in a Worker, for every client of OpenAI's completions. All that is made here, outside
// the handler, is made when the Worker starts: a request pays for its tokens only.

import { LanguageModel } from "simdream";
import { createHandler } from "simdream/serve";
import bytes from "./model.safetensors";

const model = await LanguageModel.load(new Uint8Array(bytes));

export default {
  fetch: createHandler(model, { name: "small", maxTokens: 256, maxPromptTokens: 256 }),
};
