import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { byteText } from "../../scripts/byte-text.mjs";
import { bytesOfText } from "../../src/host/byte-text.js";
import { wasmText } from "../../src/host/generated/wasm.js";
import { fastWasmText } from "../../src/host/generated/wasm-fast.js";
import { picturesText } from "../../src/host/generated/wasm-pictures.js";
import { fastPicturesText } from "../../src/host/generated/wasm-pictures-fast.js";
import { quantizedText } from "../../src/host/generated/wasm-quantized.js";
import { relaxedQuantizedText } from "../../src/host/generated/wasm-quantized-relaxed.js";

test.each([
  ["release", wasmText],
  ["fast", fastWasmText],
  ["pictures-release", picturesText],
  ["pictures-fast", fastPicturesText],
  ["quantized-release", quantizedText],
  ["quantized-relaxed", relaxedQuantizedText],
])("the package's %s kernels are those of the build", (build, text) => {
  const built = readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url));
  expect(Buffer.from(bytesOfText(text)).equals(built)).toBe(true);
});

test("every byte survives, common or not", () => {
  const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i < 512 ? i : (i * i) % 97));
  const text = byteText(bytes);
  expect(bytesOfText(text)).toEqual(bytes);
  expect(text).toMatch(/^[ -~]+$/);
  expect(text).not.toMatch(/["\\]/);
});
