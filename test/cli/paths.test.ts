// Nothing that a command reads is written over, whatever it is called, and no two outputs are one file.

import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encode } from "../../src/formats/png/encode.js";
import { bytes, cli, execute, folder, simdream, tiny, trained } from "./command-line.js";

/** Runs a command that is refused, and checks that no file of the folder has changed. */
async function refused(cwd: string, args: readonly string[], message: string): Promise<void> {
  const state = () =>
    readdirSync(cwd, { recursive: true, encoding: "utf8" }).map((name) => {
      const path = join(cwd, name);
      return existsSync(path) && statSync(path).isFile()
        ? [name, bytes(path), statSync(path).mtimeMs]
        : [name];
    });
  const before = state();
  const { code, stderr, stdout } = await simdream(args, { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(state()).toEqual(before);
}

describe("train", () => {
  const train = ["train", "text.txt", ...tiny];

  it("does not write over what it is trained on", async () => {
    const cwd = folder();
    symlinkSync("text.txt", join(cwd, "link"));
    symlinkSync("link", join(cwd, "link-of-link"));
    linkSync(join(cwd, "text.txt"), join(cwd, "hard"));
    for (const out of [
      "text.txt",
      "./text.txt",
      join(cwd, "text.txt"),
      "link",
      "link-of-link",
      "hard",
    ]) {
      const message = "is what it is trained on and would be lost; choose another name for --out";
      await refused(cwd, [...train, "--out", out], message);
      await refused(cwd, [...train, "--out", "m.safetensors", "--log", out], "for --log");
    }
    const several = ["train", "names.txt", "text.txt", "--out", "text.txt"];
    await refused(cwd, several, "--out text.txt is what it is trained on");
  });

  it("does not write over a picture of a folder", async () => {
    const cwd = folder();
    mkdirSync(join(cwd, "pictures", "a"), { recursive: true });
    const picture = { width: 4, height: 4, channels: 1, data: new Uint8Array(16) } as const;
    for (const name of ["1.png", "2.png"]) {
      writeFileSync(join(cwd, "pictures", "a", name), encode(picture));
    }
    symlinkSync(join("pictures", "a", "2.png"), join(cwd, "link.png"));
    const args = ["train", "pictures", "--model", "vae", "--steps", "1"];
    const message = "is what it is trained on and would be lost; choose another name for --";
    for (const path of ["pictures/a/1.png", "link.png"]) {
      await refused(cwd, [...args, "--out", path], `${message}out`);
      await refused(cwd, [...args, "--out", "m", "--log", path], `${message}log`);
    }
  });

  it("does not write two things to one file", async () => {
    const cwd = folder();
    symlinkSync("gone", join(cwd, "dangling"));
    await refused(cwd, [...train, "--out", "m", "--log", "m"], "--log m is the file of --out");
    await refused(cwd, [...train, "--out", "dangling", "--log", "gone"], "same file as dangling");
  });

  it("keeps the files of --resume, --from and --val-file, but for the run that is resumed", async () => {
    const cwd = await trained("--keep-state");
    const resume = ["train", "text.txt", "--resume", "m.safetensors", "--steps", "60"];
    await refused(cwd, [...resume, "--log", "m.safetensors"], "--log m.safetensors is the file of");
    const from = ["train", "text.txt", "--from", "m.safetensors", "--steps", "5"];
    await refused(cwd, [...from, "--out", "m.safetensors"], "is the file of --from and would be");
    writeFileSync(join(cwd, "pairs.tsv"), "a\tb\nb\ta\n");
    writeFileSync(join(cwd, "val.tsv"), "a\tb\n");
    const pairs = ["train", "pairs.tsv", "--val-file", "val.tsv", "--out", "val.tsv"];
    await refused(cwd, pairs, "--out val.tsv is the file of --val-file and would be lost");
    const same = await simdream([...resume, "--out", "m.safetensors", "--quiet"], { cwd });
    expect(same).toMatchObject({ code: 0, stderr: "" });
  });

  it.skipIf(process.platform === "win32")("keeps standard output apart", async () => {
    const cwd = folder();
    const into = (file: string) =>
      execute(
        "sh",
        ["-c", `exec "$0" "$@" >> ${file}`, process.execPath, cli, ...train, "--out", "m"],
        {
          cwd,
        },
      );
    const before = bytes(cwd, "text.txt");
    expect(await into("text.txt")).toMatchObject({ code: 2 });
    expect(await into("m")).toMatchObject({
      code: 2,
      stderr: "simdream: standard output goes to m, which is the file of --out\n",
    });
    expect(bytes(cwd, "text.txt")).toBe(before);
  });
});

it.skipIf(process.platform === "win32")(
  "no command writes to the end of what it reads",
  async () => {
    const cwd = await trained();
    const run = (words: readonly string[], input: string, output: string) =>
      execute(
        "sh",
        ["-c", `exec "$0" "$@" < ${input} >> ${output}`, process.execPath, cli, ...words],
        {
          cwd,
        },
      );
    const before = bytes(cwd, "m.safetensors");
    for (const words of [
      ["generate", "m.safetensors"],
      ["inspect", "m.safetensors"],
      ["evaluate", "m.safetensors", "text.txt"],
      ["chat", "m.safetensors"],
      ["translate", "m.safetensors"],
      ["serve", "m.safetensors"],
    ]) {
      const { code, stderr } = await run(words, "/dev/null", "m.safetensors");
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: "simdream: standard output goes to m.safetensors, which is the model\n",
      });
    }
    expect(bytes(cwd, "m.safetensors")).toBe(before);
    const fresh = ["generate", "m.safetensors", "--fresh", "names.txt"];
    expect(await run(fresh, "/dev/null", "names.txt")).toMatchObject({ code: 2 });
    const measured = ["evaluate", "m.safetensors", "text.txt"];
    expect(await run(measured, "/dev/null", "text.txt")).toMatchObject({ code: 2 });
    // A program that reads its own answers never ends.
    expect(await run(["generate", "m.safetensors"], "text.txt", "text.txt")).toMatchObject({
      code: 2,
      stderr: "simdream: standard output goes to a file, which is standard input\n",
    });
    const over = ["train", "names.txt", ...tiny, "--out", "text.txt"];
    expect(await run(over, "text.txt", "/dev/null")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--out text.txt is standard input and would be lost"),
    });
  },
);

it("quantize and translate keep what they read", async () => {
  const cwd = await trained();
  symlinkSync("m.safetensors", join(cwd, "link"));
  for (const out of ["m.safetensors", "link"]) {
    await refused(
      cwd,
      ["quantize", "m.safetensors", "--out", out],
      "is the model and would be lost",
    );
  }
  const map = ["translate", "m.safetensors", "red", "--attention-map", "link"];
  await refused(cwd, map, "--attention-map link, the same file as m.safetensors, is the model");
});
