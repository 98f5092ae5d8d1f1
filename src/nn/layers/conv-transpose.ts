export class ConvTranspose2d {
  constructor(..._: unknown[]) {}
  forward(..._: unknown[]): import("../tensor.js").Tensor {
    throw new Error("soon");
  }
}
