// simdream/hugging-face: models brought in from Hugging Face's files, and out to them.

import "./index.js";

export * from "./hugging-face-names.js";
