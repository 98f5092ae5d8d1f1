// A model of Hugging Face's in a Worker, for every client of OpenAI's completions. `npm run import -- FOLDER` writes its file: the
// weights in 8 bits, and the tokenizer.

import { LanguageModel } from "simdream";
import { createHandler } from "simdream/serve";
import bytes from "./model.safetensors";

const model = await LanguageModel.load(new Uint8Array(bytes));

export default {
  fetch: createHandler(model, { name: "small", maxTokens: 256, maxPromptTokens: 256 }),
};
