// The files that the pages' snippets speak of: small, so that a snippet takes a second.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";

const book = `It was a long day. Once, in Room 12345, the old clock said "67890" and nobody heard it.
The cat sat on the mat, and the rat ran past the hat. It was late; the rain fell on the roof.
Once more the door opened. Who was there? Only the wind! The lamp went out at 9.
It was the best of nights. How are you? said the moon, and the sea said: fine, thank you.
`;
const names = ["ada", "alan", "anna", "bela", "cora", "dana", "edna", "ella", "emil", "gala"];
const pairs = [
  ["How are you?", "Fine, thanks.", "en"],
  ["Who are you?", "A small model.", "en"],
  ["Good night", "Sleep well.", "en"],
  ["Good morning", "Did you sleep?", "en"],
  ["你好吗？", "我很好。", "zh"],
  ["你是谁？", "我是模型。", "zh"],
  ["晚安", "睡个好觉。", "zh"],
  ["早上好", "睡得好吗？", "zh"],
];
const table = pairs.map((cells) => `${cells.join("\t")}\n`).join("");

const dickinson = [
  ["Hope", "Hope is the thing with feathers", "That perches in the soul"],
  ["Nobody", "I'm Nobody! Who are you?", "Are you Nobody too?"],
  ["A word", "A word is dead", "When it is said"],
];
const chats = ["iris", "rose", "lily", "aster"]
  .map((name) => [
    { role: "user", content: `Shout ${name}` },
    { role: "assistant", content: name.toUpperCase() },
  ])
  .map((messages) => `${JSON.stringify({ messages })}\n`)
  .join("");
const poems = dickinson
  .map(([title, ...text]) => `${JSON.stringify({ title, author: "Emily Dickinson", text })}\n`)
  .join("");

/** What each page finds in its folder. */
const files: Readonly<Record<string, string>> = {
  "book.txt": book.replaceAll("\n", "\n\n").repeat(4),
  "other-book.txt": book.split("\n").reverse().join("\n"),
  "names.txt": names.flatMap((a) => names.map((b) => `${a}${b.slice(1)}\n`)).join(""),
  "weights.txt": names.flatMap(() => names.map((_, i) => `${1 + (i % 3)}\n`)).join(""),
  "more-names.txt": names.map((name) => `${name}${name.at(-1)}e\n`).join(""),
  "pairs.tsv": table,
  "more-pairs.tsv": table,
  "poems.jsonl": poems,
  "chats.jsonl": chats,
  "more.jsonl": chats,
  "names.json": `{
  "samples": 40,
  "attributes": {
    "ending": { "patterns": { "vowel": "[aeiou]$", "other": "." } },
    "length": { "patterns": { "short": "^.{1,4}$", "long": "." } }
  },
  "audits": [
    { "audit": "distribution", "attribute": "ending", "by": "length", "against": "data" },
    { "audit": "quality", "by": "ending" }
  ]
}`,
  "faces.json": `{
  "attributes": { "hat": { "classifier": "judge.safetensors", "label": "label" } },
  "audits": [
    { "audit": "distribution", "attribute": "hat", "against": "data" },
    { "audit": "distribution", "attribute": "hat", "against": "uniform" },
    { "audit": "quality", "attribute": "hat", "samples": 5 }
  ]
}`,
  "themes.csv": `file,theme\n${Array.from({ length: 8 }, (_, i) => `${i + 2}.txt,${i % 2 ? "cave" : "meadow"}\n`).join("")}`,
  "part.txt": `${"_".repeat(12)}\n${"_".repeat(12)}\n${"_".repeat(12)}\n${"X".repeat(12)}\n`,
  "points.csv": Array.from({ length: 200 }, (_, i) => `${i % 5},${(i * 7) % 4}\n`).join(""),
};

/** A level of a platformer: ground, with a step at a place. */
const level = (step: number): string => {
  const row = (ground: (x: number) => boolean) =>
    Array.from({ length: 12 }, (_, x) => (ground(x) ? "X" : "-")).join("");
  const rows = ["-".repeat(12), "-".repeat(12), row((x) => x === step), row(() => true)];
  return `${rows.join("\n")}\n`;
};

/** Makes a page's folder. */
export function give(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const part of ["levels", "others"]) {
    mkdirSync(join(folder, part), { recursive: true });
    for (let i = 2; i < 10; i++) writeFileSync(join(folder, part, `${i}.txt`), level(i));
  }
}

/** Pictures: a folder of faces by their hats, with captions, an atlas of them, and the same in grey as IDX files. */
export async function givePictures(folder: string): Promise<void> {
  const set = new ImageSet(drawFaces({ count: 60, seed: 3 }));
  const { classes, indices } = set.label("hat");
  const hair = set.label("colour");
  for (const [i, hat] of indices.entries()) {
    mkdirSync(join(folder, "pictures", classes[hat]), { recursive: true });
    writeFileSync(join(folder, "pictures", classes[hat], `${i}.png`), await set.toPNG(i));
  }
  const captions = Array.from(indices, (hat, i) => {
    return `${i}.png\t${hair.classes[hair.indices[i]]} hair, ${classes[hat]}\n`;
  });
  writeFileSync(join(folder, "captions.tsv"), captions.join(""));
  writeFileSync(join(folder, "atlas.png"), await set.grid({ columns: 10, gap: 0 }));
  for (const [i, name] of ["a.png", "b.png"].entries()) {
    writeFileSync(join(folder, name), await set.toPNG(i));
  }
  for (const [i, name] of ["photo.png", "painting.png", "wall.png"].entries()) {
    writeFileSync(join(folder, name), await set.toPNG(10 + i));
  }
  mkdirSync(join(folder, "photos"), { recursive: true });
  for (let i = 0; i < 12; i++)
    writeFileSync(join(folder, "photos", `${i}.png`), await set.toPNG(i));
  const table = Array.from(
    { length: 12 },
    (_, i) => `${i}.png,${i % 2 ? "a" : "b"},${1 + (i % 3)}\n`,
  );
  writeFileSync(join(folder, "photos.csv"), `file,kind,weight\n${table.join("")}`);
  const half = Uint8Array.from({ length: 256 }, (_, i) => (i < 128 ? 255 : 0));
  const mask = new ImageSet({ pixels: half, height: 16, width: 16, channels: 1 });
  writeFileSync(join(folder, "mask.png"), await mask.toPNG(0));
  await giveClips(folder);
  const red = set.pixels.filter((_, i) => i % 3 === 0);
  writeFileSync(join(folder, "images.idx.gz"), gzipSync(idx([60, 16, 16], red)));
  writeFileSync(join(folder, "labels.idx.gz"), gzipSync(idx([60], indices)));
}

/** Clips: squares of 4×4 in 16×16 that move to the right, a frame of one, a sheet of all, and the frames of one. */
async function giveClips(folder: string): Promise<void> {
  const [count, frames, side] = [12, 8, 16];
  const pixels = Uint8Array.from({ length: count * frames * side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    const [t, clip] = [Math.floor(i / side ** 2) % frames, Math.floor(i / side ** 2 / frames)];
    return (x + 32 - 3 * clip - 2 * t) % side < 4 && (y + 7 * clip) % side < 4 ? 255 : 0;
  });
  const clips = new ImageSet({ pixels, frames, height: side, width: side, channels: 1 });
  mkdirSync(join(folder, "clips"), { recursive: true });
  for (let i = 0; i < count; i++) {
    writeFileSync(join(folder, "clips", `${i}.gif`), await clips.toGIF(i));
  }
  writeFileSync(join(folder, "frame.png"), await clips.frame(0).toPNG(0));
  writeFileSync(join(folder, "sheet.png"), await clips.sheet());
  mkdirSync(join(folder, "frames"), { recursive: true });
  for (let t = 0; t < frames; t++) {
    writeFileSync(join(folder, "frames", `${t}.png`), await clips.frame(t).toPNG(0));
  }
}

function idx(shape: readonly number[], data: Iterable<number>): Uint8Array {
  const sizes = shape.flatMap((size) => [0, 0, size >> 8, size & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...data]);
}

/** How the models are made that pages other than the README have from the beginning. */
export const models: readonly string[] = [
  "npx simdream train book.txt --out book.safetensors",
  "npx simdream train pairs.tsv --out dialogue.safetensors",
];

/** Weights as PyTorch would save them: a model's file without its metadata. */
export function giveWeights(folder: string): void {
  const file = readFileSync(join(folder, "book.safetensors"));
  const end = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: about, ...tensors } = JSON.parse(file.toString("utf8", 8, end));
  const header = Buffer.from(JSON.stringify(tensors));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const weights = Buffer.concat([length, header, file.subarray(end)]);
  writeFileSync(join(folder, "weights.safetensors"), weights);
  const { assets } = JSON.parse(about.simdream) as {
    assets: { tokenizer: { characters: string } };
  };
  writeFileSync(join(folder, "vocabulary.json"), JSON.stringify([...assets.tokenizer.characters]));
}
