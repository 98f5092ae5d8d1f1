// Pictures from files: folders with labels, single files, IDX, atlases, JPEG, files of labels.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { decodeJPEG } from "../../src/cli/io/jpeg.js";
import { readLabelRows } from "../../src/cli/io/label-rows.js";
import { holdPictures } from "../../src/cli/io/picture-heads.js";
import { readPictures } from "../../src/cli/io/pictures.js";
import { encode } from "../../src/formats/png/encode.js";
import { folder } from "./command-line.js";

const png = (value: number, side = 2) =>
  encode({ width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(value) });
const jpegs = JSON.parse(readFileSync(new URL("../golden/jpeg.json", import.meta.url), "utf8")) as {
  turned: Record<string, string>;
  grey: string;
};
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** A folder with these files. */
function files(given: Readonly<Record<string, Uint8Array | string>>): string {
  const path = join(folder(), "pictures");
  mkdirSync(path);
  for (const [name, bytes] of Object.entries(given)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }
  return path;
}

function idx(shape: number[], data: number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...data]);
}

describe("a folder", () => {
  test("has its labels from sub-folders, its order from names", async () => {
    const path = files({
      "b/2.png": png(2),
      "b/10.PNG": png(10),
      "a/deep/1.png": png(1),
      ".hidden.png": png(9),
      "a/notes.txt": "notes",
    });
    const set = await readPictures([path], {});
    expect(set.names).toEqual(["a/deep/1.png", "b/10.PNG", "b/2.png"]);
    expect(set.label().classes).toEqual(["a", "b"]);
    expect([...set.label().indices]).toEqual([0, 1, 1]);
    expect(holdPictures([path])).toBe(true);
  });

  test("has no labels without sub-folders, and not both", async () => {
    const set = await readPictures([files({ "1.png": png(1), "2.png": png(2) })], {});
    expect(set.labels).toEqual([]);
    const mixed = files({ "1.png": png(1), "x/2.png": png(2) });
    await expect(readPictures([mixed], {})).rejects.toThrow(
      "x/2.png is in a sub-folder, which is its label, but 1.png is in none",
    );
  });

  test("with links is read once, whatever they lead to", async () => {
    const path = files({ "a/1.png": png(1), "b/2.png": png(2) });
    symlinkSync("..", join(path, "a", "up"), "dir");
    symlinkSync(join("..", "b"), join(path, "a", "other"), "dir");
    symlinkSync(join("..", "a"), join(path, "b", "other"), "dir");
    const { names } = await readPictures([path], {});
    expect(names).toEqual(["a/1.png", "a/other/2.png", "b/2.png", "b/other/1.png"]);
  });

  test("without a picture is none", async () => {
    const path = files({ "notes.txt": "notes", "a.gif": "GIF8" });
    expect(holdPictures([path])).toBe(false);
    await expect(readPictures([path], {})).rejects.toThrow(
      /pictures has no picture \(PNG or JPEG\); it has 1 file of other kinds of pictures/,
    );
  });

  test("with a damaged file, and with sizes", async () => {
    const given = { "1.png": png(1), "2.png": png(2).slice(0, 40), "3.png": png(3, 4) };
    const path = files(given);
    await expect(readPictures([path], {})).rejects.toThrow("2.png is damaged");
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const set = await readPictures([path], { damaged: "skip", size: "2x1" });
    expect(said.mock.calls.join()).toMatch("1 file left out: 2.png is damaged");
    said.mockRestore();
    expect(set).toMatchObject({ length: 2, width: 2, height: 1, names: ["1.png", "3.png"] });
    await expect(readPictures([path], { size: "big" })).rejects.toThrow(
      '--size must be pixels, such as 32 or 32x24, got "big"',
    );
  });

  test("is brought to what a model takes", async () => {
    const path = files({ "1.png": png(1), "2.png": png(3, 4) });
    const set = await readPictures([path], {}, { height: 3, width: 3, channels: 3 });
    expect(set).toMatchObject({ length: 2, height: 3, width: 3, channels: 3 });
  });
});

describe("files", () => {
  test("one by one", async () => {
    const path = files({ "1.png": png(1), "2.png": png(2) });
    const two = [join(path, "2.png"), join(path, "1.png")];
    expect([...(await readPictures(two, {})).pixels]).toEqual([2, 2, 2, 2, 1, 1, 1, 1]);
    expect(holdPictures(two)).toBe(true);
    expect(holdPictures([join(path, "none.png")])).toBe(false);
    await expect(readPictures([join(path, "none.png")], {})).rejects.toThrow("cannot read");
  });

  test("IDX, gzipped, with labels", async () => {
    const path = files({
      "images-idx3-ubyte.gz": gzipSync(idx([2, 1, 2], [1, 2, 3, 4])),
      "labels.gz": gzipSync(idx([2], [1, 0])),
      "labels.csv": "kind\nx\ny\n",
      "text.gz": gzipSync("text"),
    });
    const at = (name: string) => join(path, name);
    const images = [at("images-idx3-ubyte.gz")];
    expect(holdPictures(images)).toBe(true);
    expect(holdPictures([at("text.gz")])).toBe(false);
    const set = await readPictures(images, { labels: at("labels.gz") });
    expect([...set.label().indices]).toEqual([1, 0]);
    const other = await readPictures(images, { labels: at("labels.csv") });
    expect(other.label("kind").classes).toEqual(["x", "y"]);
    await expect(readPictures([at("text.gz")], {})).rejects.toThrow(/text\.gz: .* not an IDX file/);
  });

  test("an atlas", async () => {
    const path = files({ "a.png": png(7, 4), "b.json": '[{"kind":"x"},{"kind":"y"}]' });
    const atlas = [join(path, "a.png")];
    const set = await readPictures(atlas, { tile: "2x2", count: 2, labels: join(path, "b.json") });
    expect(set).toMatchObject({ length: 2, width: 2 });
    expect(set.classes("kind")).toEqual(["x", "y"]);
    await expect(readPictures(atlas, { tile: "3" })).rejects.toThrow(/a\.png: an atlas of 4 × 4/);
    await expect(readPictures([path], { tile: "2" })).rejects.toThrow("--tile is for one PNG file");
    await expect(readPictures(atlas, { count: 2 })).rejects.toThrow("give --tile, too");
  });
});

describe("labels", () => {
  test("by the pictures' names", async () => {
    const path = files({ "1.png": png(1), "2.png": png(2) });
    const table = join(folder(), "labels.csv");
    writeFileSync(table, 'file,hat,note\r\n2.png,"a ""top"" hat, black",x\r\n1.png,cap,y\r\n');
    const set = await readPictures([path], { labels: table });
    expect(set.labels.map(({ name }) => name)).toEqual(["hat", "note"]);
    expect(set.classes("hat")).toEqual(['a "top" hat, black', "cap"]);
    expect([...set.label("hat").indices]).toEqual([1, 0]);
    writeFileSync(table, "file,hat\n2.png,x\n");
    await expect(readPictures([path], { labels: table })).rejects.toThrow(
      /labels\.csv: no row of labels \(by file\) is for "1\.png"/,
    );
  });

  test.each([
    ["a\tb\n1\t2\n", [{ a: "1", b: "2" }]],
    ['{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    // Of spreadsheets where numbers have commas, and of old ones.
    ["a;b\r\n1,5;x\r\n", [{ a: "1,5", b: "x" }]],
    ['"a;c",b\n1;2,x\n', [{ "a;c": "1;2", b: "x" }]],
    [
      "a,b\r1,2\r3,4\r",
      [
        { a: "1", b: "2" },
        { a: "3", b: "4" },
      ],
    ],
    ['{"a":1}\r{"a":2}\r', [{ a: 1 }, { a: 2 }]],
  ])("%j", (text, rows) => {
    const path = join(folder(), "labels");
    writeFileSync(path, text);
    expect(readLabelRows(path)).toEqual({ rows, by: undefined });
  });

  test.each(["file", "File", "file_name", "Image Path", "filename"])(
    "a column %s names pictures",
    (name) => {
      const path = join(folder(), "labels");
      writeFileSync(path, `hat,${name}\ncap,1.png\n`);
      expect(readLabelRows(path).by).toBe(name);
    },
  );

  test.each([
    ["a,b\n1\n", "labels:2: expected 2 columns, as in the first line, got 1"],
    ['a,b\n\n"1\n1",2\n\n3\n', "labels:6: expected 2 columns, as in the first line, got 1"],
    ["a,a\n1,2\n", "the first line must name the columns, each once"],
    ["a\n", "has no rows of labels"],
    ['[{"a":1},5]', "row 1 of labels must be an object"],
    ["[{]", "labels: "],
    ['a\n"x', "a quoted cell has no end"],
  ])("%j is refused", (text, message) => {
    const path = join(folder(), "labels");
    writeFileSync(path, text);
    expect(() => readLabelRows(path)).toThrow(message);
  });
});

describe("JPEG", () => {
  test.each(Object.keys(jpegs.turned))("held in way %s", (turn) => {
    const { width, height, data } = decodeJPEG("a.jpg", bytesOf(jpegs.turned[turn]));
    expect([width, height]).toEqual([32, 16]);
    const at = (x: number, y: number) => [...data.subarray(4 * (y * 32 + x), 4 * (y * 32 + x) + 3)];
    const near = (colour: number[], wanted: number[]) =>
      colour.every((value, i) => Math.abs(value - wanted[i]) < 12);
    expect(near(at(4, 4), [230, 30, 30])).toBe(true);
    expect(near(at(28, 4), [30, 200, 30])).toBe(true);
    expect(near(at(4, 12), [30, 30, 230])).toBe(true);
    expect(near(at(28, 12), [240, 240, 240])).toBe(true);
  });

  test("among PNG files, and damaged", async () => {
    const path = files({ "a.jpg": bytesOf(jpegs.grey), "b.png": png(1, 16) });
    expect(await readPictures([path], { size: "8" })).toMatchObject({ channels: 1, length: 2 });
    const bytes = bytesOf(jpegs.grey).slice(0, 100);
    expect(() => decodeJPEG("a.jpg", bytes)).toThrow(
      /^a\.jpg is damaged: it cannot be read as a JPEG/,
    );
  });

  test("held in a way that is said after XMP, and after bytes that fill", () => {
    const bytes = bytesOf(jpegs.turned["6"]);
    const xmp = Buffer.from("http://ns.adobe.com/xap/1.0/\0<x/>");
    const part = [0xff, 0xe1, 0, xmp.length + 2, ...xmp];
    const upright = decodeJPEG("a.jpg", bytes);
    for (const before of [part, [...part, 0xff, 0xff]]) {
      const other = Uint8Array.from([...bytes.subarray(0, 2), ...before, ...bytes.subarray(2)]);
      expect(decodeJPEG("b.jpg", other)).toEqual(upright);
    }
  });
});
