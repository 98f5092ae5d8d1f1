// Files of pictures and of clips, damaged at random: each is refused by an error of simdream's own, soon and in few words, or is a
// picture. Ends with exit code 1 where one is not. Half of the damaged PNGs have checksums that fit again, so that
// what comes after them is reached.
//
//   node test/tasks/fuzz-pictures.mjs [--files 100000] [--seed 1] [--at 123]

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { decodePNG, encodePNG, ImageSet, SimdreamError } from "../../dist/node.js";
import { numbers, woundBytes } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    at: { type: "string" },
  },
});

/** What no file may cost: milliseconds of a processor, characters of a message. */
const [LONG, WORDY] = [1000, 2000];

const golden = JSON.parse(readFileSync(new URL("../golden/png.json", import.meta.url), "utf8"));
const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * i) >> 6);
const pngs = [
  ...golden.cases.map(({ png }) => new Uint8Array(Buffer.from(png, "base64"))),
  await encodePNG({ width: 40, height: 30, channels: 3, data }),
];
const clip = new ImageSet({ pixels: data, frames: 4, height: 10, width: 30, channels: 3 });
const animations = JSON.parse(
  readFileSync(new URL("../golden/animations.json", import.meta.url), "utf8"),
).map(({ file }) => new Uint8Array(Buffer.from(file, "base64")));
animations.push(await clip.toGIF(0), await clip.toAPNG(0));
const idx = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 3, ...data.slice(0, 60)]);
const idxs = [idx, new Uint8Array(gzipSync(idx))];
const found = { cases: 0, refused: 0, read: 0, slowest: 0, longest: 0 };
const faults = [];

if (values.at !== undefined) await one(Number(values.at), true);
else for (let i = 0; i < Number(values.files); i++) await one(i, false);
console.log(JSON.stringify({ ...found, faults: faults.length }));
for (const fault of faults.slice(0, 20)) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function one(number, verbose) {
  const draw = numbers(Number(values.seed), number);
  const kind = draw.pick(["PNG", "animation", "IDX"]);
  let bytes = woundBytes(draw.pick({ PNG: pngs, animation: animations, IDX: idxs }[kind]), draw);
  if (bytes[0] === 0x89 && draw.below(2) > 0) bytes = withChecksums(bytes);
  const begun = process.cpuUsage();
  let error;
  try {
    if (kind === "PNG") await decodePNG(bytes);
    else if (kind === "animation")
      await ImageSet.fromGIF([{ name: "a", bytes }], { frames: 1, every: 1 });
    else await ImageSet.fromIDX(bytes);
    found.read++;
  } catch (thrown) {
    error = thrown;
    found.refused++;
  }
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1000;
  if (verbose) console.log(kind, bytes.length, took.toFixed(1), error);
  found.cases++;
  found.slowest = Math.max(found.slowest, Math.round(took));
  const message = String(error?.message ?? "");
  found.longest = Math.max(found.longest, message.length);
  if (error && !(error instanceof SimdreamError))
    faults.push(`${number}: ${error?.stack ?? error}`);
  if (message.length > WORDY) faults.push(`${number}: a message of ${message.length} characters`);
  if (took > LONG) faults.push(`${number}: ${took.toFixed(0)} ms`);
}

/** With the checksum that each chunk should have, as far as there are chunks. */
function withChecksums(bytes) {
  const out = Buffer.from(bytes);
  for (let at = 8; at + 12 <= out.length; ) {
    const end = at + 8 + out.readUInt32BE(at);
    if (end + 4 > out.length) break;
    out.writeUInt32BE(sum(out.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return new Uint8Array(out);
}

/** CRC-32, a bit at a time. */
function sum(bytes) {
  let word = 0xffffffff;
  for (const byte of bytes) {
    word ^= byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  }
  return (word ^ 0xffffffff) >>> 0;
}
