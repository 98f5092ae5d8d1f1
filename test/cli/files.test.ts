// What can be wrong with files, and what must be left when it is.

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, cli, execute, folder, simdream, tiny, trained } from "./command-line.js";

const out = ["--out", "m.safetensors", ...tiny, "--quiet"];

/** Trains on a file with this content, and gives exit code and message. */
async function trainOn(content: string | Uint8Array, ...options: string[]) {
  const cwd = folder();
  writeFileSync(join(cwd, "own.txt"), content);
  const { code, stdout, stderr } = await simdream(["train", "own.txt", ...out, ...options], {
    cwd,
  });
  expect(stdout).toBe("");
  expect(readdirSync(cwd).sort()).toEqual(["names.txt", "own.txt", "text.txt"]);
  return { code, stderr };
}

describe("input", () => {
  it("must be UTF-8; the offset is in the error", async () => {
    const { code, stderr } = await trainOn(Uint8Array.of(104, 105, 10, 0xe4, 0xb8));
    expect(code).toBe(1);
    expect(stderr).toBe(
      "simdream: own.txt is not valid UTF-8: byte 0xE4 at offset 3, line 2; save it as UTF-8\n",
    );
  });

  it("must not be empty", async () => {
    expect(await trainOn("")).toEqual({
      code: 1,
      stderr: "simdream: own.txt is empty; expected text\n",
    });
  });

  it("must not be white space alone", async () => {
    const stderr = "simdream: own.txt is empty but for white space; expected text\n";
    expect(await trainOn(" \n\n")).toEqual({ code: 1, stderr });
    const cwd = folder();
    writeFileSync(join(cwd, "own.txt"), "\n \n");
    const lines = ["train", "own.txt", "--documents", "lines", "--out", "m.safetensors"];
    expect(await simdream(lines, { cwd })).toMatchObject({ code: 1, stderr });
  });

  it("must be long enough", async () => {
    const tooShort = await trainOn("a");
    expect(tooShort).toMatchObject({ code: 1, stderr: expect.stringContaining("a longer text") });
  });

  it("must be there, and be a file", async () => {
    const cwd = folder();
    const missing = await simdream(["train", "gone.txt", ...out], { cwd });
    expect(missing).toMatchObject({
      code: 1,
      stderr: "simdream: cannot read gone.txt: no such file or folder\n",
    });
    expect(await simdream(["train", ".", ...out], { cwd })).toMatchObject({
      code: 1,
      stderr: "simdream: cannot read .: it is a folder\n",
    });
    for (const command of [["generate"], ["inspect"], ["evaluate"]]) {
      const args = [...command, "gone.safetensors", ...(command[0] === "evaluate" ? ["x"] : [])];
      expect(await simdream(args, { cwd })).toMatchObject({
        code: 1,
        stderr: "simdream: cannot read gone.safetensors: no such file or folder\n",
      });
    }
  });

  it("may have a byte order mark and Windows line ends", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "own.txt"), "\ufeffann\r\nbob\r\n\r\ncat\r\n");
    const args = ["train", "own.txt", "--documents", "lines", "--val", "0", "--steps", "1"];
    const { stdout } = await simdream([...args, "--out", "m.safetensors"], { cwd });
    expect(stdout).toContain("3 documents, 9 characters");
  });
});

describe("output", () => {
  it("must be possible, which is known before training", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, "sub"));
    const cases: [string, string][] = [
      ["gone/m.safetensors", "no such file or folder"],
      ["text.txt/m.safetensors", "a part of the path is not a folder"],
      ["sub", "it is not a file"],
    ];
    for (const [path, why] of cases) {
      const { code, stderr } = await simdream(["train", "text.txt", ...tiny, "--out", path], {
        cwd,
      });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `simdream: cannot write ${path}: ${why}\n`,
      });
    }
    const log = ["--log", "gone/run.jsonl"];
    expect(await simdream(["train", "text.txt", ...out, ...log], { cwd })).toMatchObject({
      code: 1,
      stderr: "simdream: cannot write the log gone/run.jsonl: no such file or folder\n",
    });
  });

  it.skipIf(process.getuid?.() === 0)("must be permitted", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, "locked"));
    chmodSync(join(cwd, "locked"), 0o555);
    const args = ["train", "text.txt", ...tiny, "--out", "locked/m.safetensors"];
    expect(await simdream(args, { cwd })).toMatchObject({
      code: 1,
      stderr: "simdream: cannot write locked/m.safetensors: permission denied\n",
    });
  });

  it.skipIf(process.platform === "win32")("is whole or as it was when space ends", async () => {
    const cwd = await trained();
    const before = bytes(cwd, "m.safetensors");
    // A limit on the size of files stands for a full disk: writing stops in the middle.
    const limited = `ulimit -f 16; exec "$0" "$@"`;
    const large = ["--hidden", "64", "--steps", "4", "--quiet", "--out", "m.safetensors"];
    const args = ["-c", limited, process.execPath, cli, "train", "text.txt", ...large];
    expect(await execute("sh", args, { cwd })).toMatchObject({
      code: 1,
      stderr:
        "simdream: cannot write m.safetensors: larger than a file may be here; the run continues, and " +
        "the next checkpoint is tried\n" +
        "simdream: cannot write m.safetensors: larger than a file may be here\n",
    });
    expect(bytes(cwd, "m.safetensors")).toBe(before);
    expect(readdirSync(cwd).sort()).toEqual(["m.safetensors", "names.txt", "text.txt"]);
  });

  it.skipIf(process.platform === "win32")("follows a link", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "real"), "old");
    symlinkSync("real", join(cwd, "m.safetensors"));
    await simdream(["train", "text.txt", ...out], { cwd });
    expect(readFileSync(join(cwd, "real")).length).toBeGreaterThan(1000);
  });

  it("does not take another file for its log", async () => {
    const cwd = await trained("--keep-state");
    const args = ["train", "text.txt", "--resume", "m.safetensors", "--steps", "60"];
    const before = bytes(cwd, "names.txt");
    for (const all of [args, ["train", "text.txt", ...tiny, "--out", "new.safetensors"]]) {
      expect(await simdream([...all, "--log", "names.txt"], { cwd })).toMatchObject({
        code: 1,
        stderr: "simdream: names.txt is not a log of simdream; choose another name for --log\n",
      });
    }
    expect(bytes(cwd, "names.txt")).toBe(before);
    expect(readdirSync(cwd).sort()).toEqual(["m.safetensors", "names.txt", "text.txt"]);
  });
});
