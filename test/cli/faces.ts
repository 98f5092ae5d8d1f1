// Pictures and points to train on.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";

/** Faces as faces/round/0.png, …: a sub-folder for each kind of glasses; the first is a.png, too. */
export async function writeFaces(cwd: string, count: number): Promise<ImageSet> {
  const set = new ImageSet(drawFaces({ count, seed: 5 }));
  const { classes, indices } = set.label("glasses");
  for (const [i, place] of indices.entries()) {
    mkdirSync(join(cwd, "faces", classes[place]), { recursive: true });
    writeFileSync(join(cwd, "faces", classes[place], `${i}.png`), await set.toPNG(i));
  }
  writeFileSync(join(cwd, "a.png"), await set.toPNG(0));
  return set;
}

/** 60 points of the plane, as points.csv. */
export function writePoints(cwd: string): void {
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 5},${((i * 7) % 10) / 2}`);
  writeFileSync(join(cwd, "points.csv"), ["x,y", ...rows, ""].join("\n"));
}
