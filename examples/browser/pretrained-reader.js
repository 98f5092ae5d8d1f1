// A worker that makes a model file of a folder of Hugging Face's, posts it, and is ended: what reading took of memory is
// free again. The page's import map does not hold here.

import { fromPretrained } from "./simdream/hugging-face.js";

addEventListener("message", async ({ data: files }) => {
  try {
    const model = await fromPretrained(files);
    const bytes = model.save();
    postMessage({ bytes }, [bytes.buffer]);
  } catch (error) {
    postMessage({ message: error.message });
  }
});
