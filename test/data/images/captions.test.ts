// Captions of pictures: kept with them, read from files, and refused where they do not fit.

import { describe, expect, test } from "vitest";
import {
  encodePNG,
  ImageSet,
  InvalidInputError,
  readCaptions,
} from "../../../src/entries/index.js";

const names = ["birds/red_bird-2.png", "b.png", "c.png"];
const captions = [["a red bird", "一只红鸟"], ["b"], ["c", "see"]];
const images = new ImageSet({
  pixels: Uint8Array.of(1, 2, 3),
  ...{ height: 1, width: 1, channels: 1, names, captions },
});

describe("a set", () => {
  test("keeps them with its pictures", () => {
    expect(images.subset([2, 0]).captions).toEqual([captions[2], captions[0]]);
    expect(images.first(1).captions).toEqual([captions[0]]);
    const { train, validation } = images.split({ val: 0.34, seed: 1 });
    expect([...train.captions!, ...validation.captions!].sort()).toEqual([...captions].sort());
    expect(images.concat(images).captions).toEqual([...captions, ...captions]);
    const plain = new ImageSet({ ...images, captions: undefined });
    expect(plain.captions).toBeUndefined();
    expect(images.concat(plain).captions).toBeUndefined();
    const labelled = images.withLabels([{ hat: true }, { hat: false }, { hat: true }]);
    expect(labelled.where("hat", "true").captions).toEqual([captions[0], captions[2]]);
  });

  test("is told from one with others", () => {
    const plain = new ImageSet({ ...images, captions: undefined });
    const other = images.withCaptions(["a", "b", "c"]);
    const prints = [images, plain, other].map((one) => one.fingerprint());
    expect(new Set(prints).size).toBe(3);
    expect(images.equals(other)).toBe(false);
    expect(images.equals(images.withCaptions(captions))).toBe(true);
  });

  test("takes them by order, by name, and from names", () => {
    expect(images.withCaptions(["x", ["y", "z"], "w"]).captions).toEqual([
      ["x"],
      ["y", "z"],
      ["w"],
    ]);
    const named = {
      "b.png": "two",
      "red_bird-2.png": ["one", "eins"],
      "c.png": "three",
      "d.png": "",
    };
    expect(images.withCaptions(named).captions).toEqual([["one", "eins"], ["two"], ["three"]]);
    const map = new Map(Object.entries(named));
    expect(images.withCaptions(map).captions).toEqual([["one", "eins"], ["two"], ["three"]]);
    expect(images.withNamesAsCaptions().captions).toEqual([["red bird 2"], ["b"], ["c"]]);
  });

  test("finds them by names of other machines, and refuses what may be two files", () => {
    const two = (...names: string[]) =>
      new ImageSet({ ...images, pixels: Uint8Array.of(1, 2), names, captions: undefined });
    const said = (names: string[], table: string) =>
      two(...names).withCaptions(readCaptions(table)).captions;
    const [one, other] = [["one"], ["two"]];
    const folders = ["cat/a.png", "dog/a.png"];
    // Of Windows, from another folder on, and of macOS.
    expect(said(folders, "dog\\a.png\ttwo\ncat\\a.png\tone")).toEqual([one, other]);
    expect(said(folders, "./dog/a.png\ttwo\npictures/cat/a.png\tone")).toEqual([one, other]);
    expect(said(["x/dog/a.png", "cat/a.png"], "a.png\tone\ndog/a.png\ttwo")).toEqual([other, one]);
    const [composed, apart] = ["\u00e9.png", "e\u0301.png"];
    expect(said([apart, "b.png"], `${composed}\tone\nb.png\ttwo`)).toEqual([one, other]);
    expect(said([composed, "b.png"], `${apart}\tone\nb.png\ttwo`)).toEqual([one, other]);
    expect(() => said(folders, "a.png\tone")).toThrow(
      'the caption of "a.png" is for "cat/a.png" or for "dog/a.png"; name them with their folders',
    );
    expect(() => said(["a.png", "b.png"], "x/a.png\tone\ny/a.png\ttwo\nb.png\tthree")).toThrow(
      'the caption of "a.png" may be that of "x/a.png" or of "y/a.png"; name them with their folders',
    );
    expect(() => said(["cat/a.png", "b.png"], "cata.png\tone\nb.png\ttwo")).toThrow(
      'no caption is for "cat/a.png"',
    );
    const rows = [
      { file: "cat\\a.png", hat: "cap" },
      { file: "dog/a.png", hat: "none" },
    ];
    expect(
      two(...folders)
        .withLabels(rows, { by: "file" })
        .classes("hat"),
    ).toEqual(["cap", "none"]);
    const twice = [...rows, { file: "cat/a.png", hat: "none" }];
    expect(() => two(...folders).withLabels(twice, { by: "file" })).toThrow(
      '"cat/a.png" has a row of labels (by file) twice, and they differ',
    );
  });

  test("reads them with its files", async () => {
    const bytes = await encodePNG({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) });
    const file = (name: string, said?: string | readonly string[]) => ({
      name,
      bytes,
      captions: said,
    });
    const set = await ImageSet.fromPNG([file("a", "one"), file("b", ["two", "zwei"])]);
    expect(set.captions).toEqual([["one"], ["two", "zwei"]]);
    expect((await ImageSet.fromPNG([file("a"), file("b")])).captions).toBeUndefined();
    await expect(ImageSet.fromPNG([file("a", "one"), file("b")])).rejects.toThrow(
      "the captions of b must be a caption, got undefined",
    );
  });

  test.each([
    [["a"], "one or several for each picture, 3, got 1"],
    [["a", "b", []], "captions[2] must have a caption at least"],
    [["a", "b", ""], "captions[2] must be a caption, got an empty text"],
    [["a", "b", ["c", 5]], "captions[2][1] must be a caption, got 5"],
    [["a", "\ud800", "c"], "captions[1]"],
    [{ "b.png": "b" }, 'no caption is for "birds/red_bird-2.png"'],
    [{ "./b.png": "b" }, 'there are some for "./b.png"; give one for each'],
    [{}, "there are some for none"],
    [7, "captions must be a list, or texts by the names of files, got 7"],
  ])("refuses %j", (wrong, message) => {
    expect(() => images.withCaptions(wrong as never)).toThrow(InvalidInputError);
    expect(() => images.withCaptions(wrong as never)).toThrow(message);
  });

  test("gives a name without folders to one picture alone", () => {
    const twice = new ImageSet({ ...images, names: ["x/1.png", "y/1.png", "y/2.png"] });
    const said = { "1.png": "one", "2.png": "two" };
    expect(() => twice.withCaptions(said)).toThrow(
      'the caption of "1.png" is for "x/1.png" or for "y/1.png"; name them with their folders',
    );
    const whole = twice.withCaptions({ ...said, "x/1.png": "first" });
    expect(whole.captions).toEqual([["first"], ["one"], ["two"]]);
    // The same picture again is no other.
    expect(whole.subset([1, 1, 2]).withCaptions(said).captions).toEqual([
      ["one"],
      ["one"],
      ["two"],
    ]);
  });

  test("refuses names where there are none, or no words in them", () => {
    const unnamed = new ImageSet({ ...images, names: undefined });
    expect(() => unnamed.withCaptions({ "a.png": "a" })).toThrow("the pictures have no names");
    expect(() => unnamed.withNamesAsCaptions()).toThrow("the pictures have no names");
    const wordless = new ImageSet({ ...images, names: ["a", "_-.png", "c"] });
    expect(() => wordless.withNamesAsCaptions()).toThrow('"_-.png" has no words');
  });
});

describe("a file of captions", () => {
  test("of lines and columns", () => {
    const text = "\ufeffa.png\ta red hat\r\na.png\t一顶红帽子\r\n\r\nb.png\ta dog\tein Hund\t\r\n";
    expect(Object.fromEntries(readCaptions(text))).toEqual({
      "a.png": ["a red hat", "一顶红帽子"],
      "b.png": ["a dog", "ein Hund"],
    });
  });

  test("of JSON", () => {
    const text = ' {"a.png": "a red hat", "b.png": ["a dog", "ein Hund"]}';
    expect(Object.fromEntries(readCaptions(text))).toEqual({
      "a.png": ["a red hat"],
      "b.png": ["a dog", "ein Hund"],
    });
  });

  test("may name a picture in brackets", () => {
    expect(Object.fromEntries(readCaptions("[1].png\tone"))).toEqual({ "[1].png": ["one"] });
  });

  test.each([
    [
      "a.png\tone\nb.png two\n",
      "said.tsv, line 2: expected the name of a picture, a tab and a caption, got no tab",
    ],
    [
      "a.png\tone\n\n\ttwo",
      "said.tsv, line 3: expected the name of a picture, a tab and a caption, got no name",
    ],
    [
      "a.png\t \t",
      "said.tsv, line 1: expected the name of a picture, a tab and a caption, got no caption",
    ],
    ['{"a": 5}', 'said.tsv: "a" must be a caption, got 5'],
    ['{"a": []}', 'said.tsv: "a" must have a caption at least'],
    ['{"a"', "said.tsv is not JSON: "],
    ['{"a": "b"}\n{"c": "d"}', 'expected { "file": "caption" } or { "file": ["caption", …] }'],
    ['["a", "b"]', 'said.tsv must be { "file": "caption" } or'],
    ["\n\n", "said.tsv has no caption"],
    [5, "said.tsv must be a text, got 5"],
  ])("refuses %j", (text, message) => {
    expect(() => readCaptions(text as never, "said.tsv")).toThrow(InvalidInputError);
    expect(() => readCaptions(text as never, "said.tsv")).toThrow(message);
  });
});

describe("lines of JSON", () => {
  const lines = (...records: unknown[]) => records.map((one) => JSON.stringify(one)).join("\n");

  test("give captions by file_name, several for one in their order", () => {
    const text = lines(
      { file_name: "a.png", text: "a red hat", width: 8 },
      { file_name: "b.png", caption: "a dog" },
      { file_name: "a.png", captions: ["一顶红帽子", "ein Hut"] },
    );
    expect(Object.fromEntries(readCaptions(`${text}\n\n`))).toEqual({
      "a.png": ["a red hat", "一顶红帽子", "ein Hut"],
      "b.png": ["a dog"],
    });
    expect(Object.fromEntries(readCaptions(lines({ file_name: "a.png", text: "one" })))).toEqual({
      "a.png": ["one"],
    });
  });

  test("are refused with their line", () => {
    const first = lines({ file_name: "a.png", text: "one" });
    const reading = (second: string) => () => readCaptions(`${first}\n${second}`, "m.jsonl");
    expect(reading('{"text": "two"}')).toThrow("m.jsonl, line 2: file_name must be a picture's");
    expect(reading('{"file_name": 5}')).toThrow("got 5");
    expect(reading('{"file_name": "b.png", "label": 3}')).toThrow(
      'm.jsonl, line 2: expected the captions of "b.png" as "text" or "caption", got file_name, label',
    );
    expect(reading('{"file_name": "b.png", "text": ""}')).toThrow("line 2: text must be a caption");
    expect(reading('{"file_name": "b.png", "text": "two"')).toThrow("m.jsonl, line 2 is not JSON");
    expect(reading("null")).toThrow("line 2: file_name must be a picture's, got undefined");
  });
});
