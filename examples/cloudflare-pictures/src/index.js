// Pictures out of noise in a Worker, for every client of OpenAI's images. All that is made here, outside the handler, is
// made when the Worker starts: a request pays for its steps only.

import { Diffusion } from "simdream";
import { createHandler } from "simdream/serve";
import bytes from "./model.safetensors";

const model = await Diffusion.load(new Uint8Array(bytes));

export default {
  fetch: createHandler(model, { name: "faces", maxSteps: 20, maxChoices: 4 }),
};
