// What `load` says on an edge platform to what it cannot use there.

import { LanguageModel, load } from "simdream";

/** The smallest WebAssembly module: it holds nothing. */
const foreign = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

async function refusal(work) {
  try {
    await work();
    return "nothing was refused";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export default {
  async fetch() {
    const model = await LanguageModel.create({ tokenizer: "byte", hidden: 4 });
    return Response.json({
      parameters: model.parameterCount,
      bytes: await refusal(() => load(foreign)),
    });
  },
};
