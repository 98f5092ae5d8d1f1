// The public names of simdream/style.

export { styleDistance } from "../models/style/distance.js";
export type { StyleOptions } from "../models/style/options.js";
export type { StyleTransferConfig, StyleTransferOptions } from "../models/style/painter-config.js";
export type { StyleTransferFitOptions } from "../models/style/painter-training.js";
export type { StylePicture } from "../models/style/picture.js";
export type { StyleReport } from "../models/style/report.js";
export { type SqueezeNet, squeezeNet } from "../models/style/squeezenet.js";
export { StyleTransfer, type StyleTransferScore } from "../models/style/style-transfer.js";
export { synthesizeTexture, type TextureOptions } from "../models/style/texture.js";
export {
  type StyleSource,
  type TransferOptions,
  transferStyle,
} from "../models/style/transfer.js";
