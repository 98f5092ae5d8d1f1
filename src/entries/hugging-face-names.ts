// The public names of simdream/hugging-face.

export { toPretrained } from "../models/language/hugging-face/export.js";
export type { FileSource, PretrainedFiles } from "../models/language/hugging-face/files.js";
export { fromPretrained, type PretrainedOptions } from "../models/language/hugging-face/load.js";
