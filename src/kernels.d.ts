// What the platforms of the two edge entries make of the kernels' files.

declare module "*/kernels.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/kernels.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/pictures.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/pictures.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/quantized.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/quantized.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
