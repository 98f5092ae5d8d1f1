// Files that are mixed up: what they are is said, and what to do with them.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { complaint, notModel, notText } from "../../src/cli/io/wrong-file.js";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";
import { folder, simdream, tiny, trained } from "./command-line.js";

/** Bytes of a text in which a character is a byte. */
const binary = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
const pad = "\0".repeat(40);

const files: [string, Uint8Array, string][] = [
  ["nothing", new Uint8Array(), "is empty"],
  ["a text", utf8("What the thunder said\n"), "looks like a text"],
  ["a Chinese text, cut in a character", utf8("今天的天气很好".repeat(300)), "looks like a text"],
  ["JSON", utf8('{"model": "gpt2"}'), "looks like JSON"],
  ["a list in JSON", utf8('[{"a":\n1}]'), "looks like JSON"],
  ["a list that is empty", utf8("[]"), "looks like JSON"],
  ["a run", utf8('{"step":1,"steps":3}\n'), "looks like the log of a run"],
  ["a web page", utf8("<!DOCTYPE html><html>"), "looks like a web page"],
  ["a pickle", binary("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."), "pickle of Python"],
  ["a checkpoint", binary(`PK\x03\x04${pad}archive/data.pklFB`), "a PyTorch checkpoint (.pt)"],
  ["npz", binary(`PK\x03\x04${pad}weights.npy\x93NUMPY`), "arrays of NumPy"],
  ["a zip archive", binary(`PK\x03\x04${pad}book.txt`), "a zip archive"],
  ["GGUF", binary(`GGUF\x03\0\0\0${pad}`), "a GGUF model"],
  ["HDF5", binary(`\x89HDF\r\n\x1a\n${pad}`), "an HDF5 file"],
  ["ONNX", binary("\x08\x07\x12\x07pytorch\x1a\x052.0.1:"), "an ONNX model"],
  ["gzip", gzipSync("a book"), "is compressed by gzip"],
  ["PNG", binary(`\x89PNG\r\n\x1a\n${pad}`), "a picture (PNG)"],
  ["PDF", binary("%PDF-1.7\n%\xe2\xe3"), "a PDF document"],
  ["zeros", new Uint8Array(100), "holds nothing but zeros"],
  ["UTF-16", binary("\xff\xfea\0b\0"), "a text in UTF-16"],
  ["UTF-16 without a mark", binary("a\0b\0c\0d\0e\0"), "a text in UTF-16"],
  ["UTF-32", binary("\xff\xfe\0\0a\0\0\0"), "a text in UTF-32"],
  ["a table", binary(`PAR1${pad}`), "a table (Parquet)"],
  ["an office document", binary(`PK\x03\x04${pad}word/document.xml`), "an office program"],
  ["film", binary("\0\0\0\x20ftypisom"), "sound or film"],
  ["a program", binary(`MZ\x90\0${pad}`), "a program"],
  ["what nobody knows", binary(`\x01\x02\x03\xff\xfe\x04${pad}`), "a binary file"],
  ["a pointer", utf8("version https://git-lfs.github.com/spec/v1\n"), "is a pointer of Git LFS"],
];

describe("what is no model", () => {
  it.each(files)("%s", (_, bytes, looks) => {
    expect(notModel("file", bytes)?.looks).toContain(looks);
  });

  it("a model is one", () => {
    expect(notModel("m", writeSafetensors([]))).toBeUndefined();
  });

  const unlike: [string, Uint8Array, string][] = [
    ["a text in Latin-1", binary("caf\xe9 ol\xe9\n"), "a text that is not in UTF-8"],
    ["white space", utf8(" \n\n"), "nothing but white space"],
    ["five bytes", binary("\x10\0\0\0\0"), "has 5 bytes"],
    ["a page with a comment", utf8("<!-- saved\n -->\n<html>"), "a web page"],
    ["Hugging Face's JSON", utf8('{"model_type": "gpt2"}'), "JSON"],
  ];
  it.each(unlike)("nor is %s", (_, bytes, looks) => {
    expect(notModel("file", bytes)?.looks).toContain(looks);
  });

  it("is said with what to do", () => {
    const looks = notModel("my.book.txt", utf8("once"))!;
    expect(complaint("my.book.txt", "model", looks)).toBe(
      "my.book.txt is no model: it looks like a text. To train a model on it: " +
        "simdream train my.book.txt --out my.book.safetensors",
    );
  });
});

describe("what is no text", () => {
  const texts = ["text", "JSON", "list", "page", "nothing"];
  it.each(files)("%s", (name, bytes, looks) => {
    const text = texts.some((word) => name.includes(word));
    if (text) expect(notText(bytes)).toBeUndefined();
    else expect(notText(bytes)?.looks).toContain(looks);
  });

  it("a model", () => {
    expect(notText(writeSafetensors([]))?.looks).toBe("looks like a model (safetensors)");
  });

  it("where a log is expected, a log is right", () => {
    expect(notText(utf8('{"step":1,"loss":3}\n'), "log")).toBeUndefined();
    expect(notText(writeSafetensors([]), "log")?.advice).toContain("--log");
  });
});

describe("on the command line", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await trained();
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(join(cwd, "m.safetensors"))));
    writeFileSync(join(cwd, "weights.safetensors"), writeSafetensors(tensors.values()));
    writeFileSync(join(cwd, "model.pt"), binary(`PK\x03\x04${pad}archive/data.pkl`));
  });

  it.each([
    ["generate", "text.txt"],
    ["generate", "model.pt"],
    ["translate", "model.pt", "red"],
    ["inspect", "model.pt"],
    ["quantize", "model.pt", "--out", "q"],
    ["evaluate", "model.pt", "text.txt"],
    ["serve", "model.pt"],
    ["chat", "model.pt"],
    ["train", "text.txt", "--resume", "model.pt"],
    ["train", "text.txt", "--from", "model.pt", "--out", "n"],
  ])("%s %s", async (...args) => {
    const { code, stderr } = await simdream(args, { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^simdream: (model\.pt|text\.txt) is no model: it looks like a \w+/);
  });

  it("weights of PyTorch have no vocabulary, and options of the library are not advised", async () => {
    const { code, stderr } = await simdream(["generate", "weights.safetensors"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("weights.safetensors holds weights alone, without a vocabulary");
    expect(stderr).toContain("In a program");
  });

  it("a model is no text", async () => {
    const own = folder();
    writeFileSync(join(own, "book.gz"), gzipSync("a book"));
    const out = ["--out", "new", ...tiny];
    expect(await simdream(["train", "book.gz", ...out], { cwd: own })).toMatchObject({
      code: 1,
      stderr: "simdream: book.gz is no text: it is compressed by gzip. Unpack it first: gunzip\n",
    });
    const pairs = ["train", "book.gz", "--model", "seq2seq", "--out", "new"];
    expect(await simdream(pairs, { cwd: own })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("book.gz is no text"),
    });
    expect(await simdream(["train", "m.safetensors", "--out", "new"], { cwd })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("m.safetensors is no text: it looks like a model"),
    });
  });

  it("messages have no names of functions", async () => {
    const own = folder();
    writeFileSync(join(own, "short.txt"), "a");
    const short = await simdream(["train", "short.txt", "--out", "m", "--val", "0"], { cwd: own });
    expect(short.stderr).not.toMatch(/\b(window|stream|evaluation)Batches|readSafetensors/);
    expect(short.code).toBe(1);
  });
});
