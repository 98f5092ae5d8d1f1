// A file, a model or a name of a file does not command the terminal.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { visible, visibleJson, visibleText } from "../../src/cli/show/escape.js";
import { printText, warn } from "../../src/cli/show/terminal.js";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";
import { simdream, trained } from "./command-line.js";

const evil = "\x1b]0;owned\x07\x9b31m\u202e\u2066\x7f";
/** What a terminal would obey, line breaks and tabs of ours apart. */
const OBEYED = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u;

afterEach(() => void vi.restoreAllMocks());

describe("escapes", () => {
  it("make visible what a terminal would obey", () => {
    expect(visible(evil)).toBe("\\x1b]0;owned\\x07\\x9b31m\\u202e\\u2066\\x7f");
    expect(visible("a\r\nb\tc")).toBe("a\\r\\nb\\tc");
    expect(visibleText("a\r\nb\tc\u2028")).toBe("a\\r\nb\tc\\u2028");
    expect(visibleText("今天 é 👩‍👩‍👧 עברית")).toBe("今天 é 👩‍👩‍👧 עברית");
    for (let code = 0; code < 0xffff; code++) {
      const shown = visible(String.fromCharCode(code));
      expect(OBEYED.test(shown) || shown.includes("\n") || shown.includes("\t")).toBe(false);
    }
  });

  it("leave JSON the same value", () => {
    const value = { [evil]: [evil, "今天"] };
    expect(visibleJson(value)).not.toMatch(OBEYED);
    expect(JSON.parse(visibleJson(value))).toEqual(value);
  });

  it("are for terminals: files and programs get a model's text as it is", () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    const before = process.stdout.isTTY;
    try {
      for (const terminal of [true, false]) {
        process.stdout.isTTY = terminal;
        printText(`${evil}\n`);
      }
    } finally {
      process.stdout.isTTY = before;
    }
    expect(written).toEqual([visibleText(`${evil}\n`), `${evil}\n`]);
  });

  it("are in warnings", () => {
    let said = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      said += text;
      return true;
    });
    warn(evil);
    expect(said).toBe(`simdream: ${visible(evil)}\n`);
  });
});

describe("a file full of escapes", () => {
  let cwd = "";
  const path = () => join(cwd, "m.safetensors");
  // biome-ignore lint/suspicious/noExplicitAny: what is in a hostile file is anything
  type Json = any;

  /** The file with its description or its tensors changed. */
  function write(change: (json: Json) => void, extra = ""): void {
    const { tensors, metadata } = readSafetensors(new Uint8Array(readFileSync(`${path()}.good`)));
    const json = JSON.parse(metadata.get("simdream")!);
    change(json);
    const more = { name: extra, dtype: "F32", shape: [0], data: new Uint8Array() } as const;
    const entries = [...tensors.values(), ...(extra === "" ? [] : [more])];
    writeFileSync(path(), writeSafetensors(entries, { simdream: JSON.stringify(json) }));
  }

  beforeAll(async () => {
    cwd = await trained("--keep-state");
    renameSync(path(), `${path()}.good`);
  });

  it.each<[string, (json: Json) => void, string?]>([
    [
      "version",
      (json) => {
        json.version = evil;
      },
    ],
    ["a tensor's name", () => {}, `${evil}.weight`],
    ["a tensor of the run", () => {}, `training.${evil}`],
    [
      "an unknown option",
      (json) => {
        json.config[evil] = 1;
      },
    ],
    [
      "the model",
      (json) => {
        json.model = evil;
      },
    ],
    [
      "the network",
      (json) => {
        json.network.kind = evil;
      },
    ],
    [
      "an option of the run",
      (json) => {
        json.progress.options[evil] = 1;
      },
    ],
    [
      "data of the run",
      (json) => {
        json.progress.dataOptions[evil] = {};
      },
    ],
    [
      "the tokenizer",
      (json) => {
        json.assets.tokenizer.kind = evil;
      },
    ],
    [
      "specials",
      (json) => {
        json.assets.tokenizer.specials = [evil, evil];
      },
    ],
    [
      "characters",
      (json) => {
        json.assets.tokenizer.characters += evil;
      },
    ],
  ])("%s", async (_, change, extra) => {
    write(change, extra);
    for (const args of [
      ["inspect", "m.safetensors"],
      ["inspect", "m.safetensors", "--json"],
      ["train", "text.txt", "--resume", "m.safetensors", "--steps", "51"],
      ["evaluate", "m.safetensors", "text.txt"],
      ["generate", "m.safetensors", "--max-tokens", "3"],
    ]) {
      const { stdout, stderr } = await simdream(args, { cwd });
      expect(stdout + stderr).not.toBe("");
      expect(stderr).not.toMatch(OBEYED);
      if (args[0] !== "generate") expect(stdout).not.toMatch(OBEYED);
    }
  });

  it.skipIf(process.platform === "win32")("and a file's name", async () => {
    const name = "\x1b[31mred\n.txt";
    writeFileSync(join(cwd, name), "");
    for (const args of [
      ["inspect", name],
      ["inspect", `gone${name}`],
      ["train", name, "--out", "n"],
    ]) {
      const { stdout, stderr, code } = await simdream(args, { cwd });
      expect(code).toBe(1);
      expect(stdout + stderr).not.toMatch(OBEYED);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
  });
});
