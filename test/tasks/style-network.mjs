// A network of fast-style-transfer against an independent computation, style-network.py beside this file.
//
//   node test/tasks/style-network.mjs <model.safetensors> <photo.png> <python with torch>
//
// At 256×256 the mean difference must be below one of 255.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ImageSet } from "../../dist/node.js";
import { StyleTransfer } from "../../dist/style-node.js";

const [file, photo, python] = process.argv.slice(2);
const model = await StyleTransfer.load(readFileSync(file));
const set = await ImageSet.fromPNG([{ name: photo, bytes: readFileSync(photo) }], {
  mode: "rgb",
  size: 256,
});
model.stylise(set);
const begun = process.cpuUsage();
const { pixels } = model.stylise(set);
const { user, system } = process.cpuUsage(begun);
const folder = mkdtempSync(join(tmpdir(), "simdream-style-"));
const [from, to] = ["in", "out"].map((name) => join(folder, name));
writeFileSync(from, set.pixels);
const script = fileURLToPath(new URL("style-network.py", import.meta.url));
execFileSync(python, [script, file, from, "256", "256", to], { stdio: "inherit" });
const want = new Float32Array(new Uint8Array(readFileSync(to)).buffer);
rmSync(folder, { recursive: true });
const off = pixels.reduce((sum, byte, i) => sum + Math.abs(byte - want[i]), 0) / pixels.length;
console.log(
  `mean difference ${off.toFixed(3)} of 255, ${Math.round((user + system) / 1000)} ms of the processor`,
);
if (!(off < 1)) process.exit(1);
