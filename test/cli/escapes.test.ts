import { beforeAll, describe, expect, it } from "vitest";
import { unescaped, unescapeText } from "../../src/cli/options/escapes.js";
import { withOptionalValues } from "../../src/cli/options/options.js";
import { json, simdream, trained } from "./command-line.js";

describe("escapes", () => {
  it.each([
    ["\\n", "\n"],
    ["a\\tb\\r", "a\tb\r"],
    ["\\\\n", "\\n"],
    ["\\u{1F600}\\u4eCA\\x41", "😀今A"],
    ["\\ud83d\\ude00", "😀"],
    ["\\d \\ \\u12 \\xg0 \\u{} C:\\", "\\d \\ \\u12 \\xg0 \\u{} C:\\"],
  ])("%j is %j", (typed, meant) => expect(unescapeText(typed)).toBe(meant));

  it("are replaced in every text, unless --raw is given", () => {
    const flags = {
      prompt: ["\\n"],
      joiner: "\\t",
      unsure: "\\x3f",
      stop: ["\\n\\n", "x"],
      banned: ["\\\\"],
      logitBias: { "\\n": 2 },
    };
    expect(unescaped(flags)).toEqual({
      prompt: ["\n"],
      joiner: "\t",
      unsure: "?",
      stop: ["\n\n", "x"],
      banned: ["\\"],
      logitBias: { "\n": 2 },
    });
    expect(unescaped({ ...flags, raw: true })).toEqual({ ...flags, raw: true });
    expect(unescaped({})).toEqual({});
  });

  it("refuse what is no character", () => {
    expect(() => unescapeText("\\u{110000}")).toThrow("\\u{110000} is no character");
  });
});

describe("generate", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await trained();
  });
  const generate = async (...args: string[]) =>
    json<{ prompt: string; samples: { text: string; finish: string }[] }>(
      await simdream(["generate", "m.safetensors", "--json", "--seed", "1", ...args], { cwd }),
    );

  it("stops at a line break, and begins after one", async () => {
    const { samples } = await generate("--stop", "\\n", "--tokens", "2000");
    expect(samples[0].finish).toBe("stop");
    expect(samples[0].text).not.toContain("\n");
    expect((await generate("--prompt", "a\\nb")).prompt).toBe("a\nb");
    const { samples: raw } = await generate("--stop", "\\n", "--raw", "--tokens", "2000");
    expect(raw[0].finish).toBe("length");
  });

  it("skips what the model does not know where it is told so", async () => {
    const refused = await simdream(["generate", "m.safetensors", "--prompt", "the 狐"], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("U+72D0") });
    const { samples } = await generate("--prompt", "the 狐", "--unknown", "skip");
    expect(samples).toEqual((await generate("--prompt", "the ")).samples);
  });
});

it("options whose value may be left out take no file's name for one", () => {
  const cases: [string, string][] = [
    ["train --lowercase pairs.tsv --out m", "train pairs.tsv --out m --lowercase"],
    ["train --lowercase both pairs.tsv", "train pairs.tsv --lowercase"],
    ["train --lowercase source pairs.tsv", "train --lowercase=source pairs.tsv"],
    ["train pairs.tsv --lowercase", "train pairs.tsv --lowercase"],
    ["train --lowercase -- pairs.tsv", "train --lowercase -- pairs.tsv"],
    ["train --lowercase=target a", "train --lowercase=target a"],
    ["generate --logprobs m --json", "generate m --json --logprobs"],
    ["generate --logprobs 3 m --json", "generate --logprobs=3 m --json"],
    ["generate m --logprobs", "generate m --logprobs"],
    ["translate --logprobs --lowercase -- m", "translate --logprobs --lowercase -- m"],
  ];
  for (const [typed, meant] of cases)
    expect(withOptionalValues(typed.split(" "))).toEqual(meant.split(" "));
});
