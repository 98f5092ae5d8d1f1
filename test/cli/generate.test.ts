import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { execute, folder, json, simdream, tiny, trained } from "./command-line.js";

let cwd: string;
beforeAll(async () => {
  cwd = await trained();
  const size = ["--embed", "8", "--hidden", "16", "--steps", "60", "--quiet"];
  const documents = ["train", "names.txt", "--documents", "lines", "--out", "n.safetensors"];
  await simdream([...documents, ...size], { cwd });
});

const generate = (...args: string[]) => simdream(["generate", "m.safetensors", ...args], { cwd });

describe("generate", () => {
  it("prints the prompt and what follows, the same for the same seed", async () => {
    const first = await generate("--prompt", "the ", "--tokens", "30", "--seed", "3");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^the [\s\S]{29,31}$/);
    const again = await generate("--prompt", "the ", "--tokens", "30", "--seed", "3");
    expect(again.stdout).toBe(first.stdout);
    const other = await generate("--prompt", "the ", "--tokens", "30", "--seed", "4");
    expect(other.stdout).not.toBe(first.stdout);
  });

  it("reads the prompt from standard input, without its final line break", async () => {
    const given = await generate("--prompt", "fox", "--tokens", "9");
    for (const input of ["fox", "fox\n", "fox\r\n"]) {
      const args = ["generate", "m.safetensors", "--tokens", "9"];
      expect((await simdream(args, { cwd, input })).stdout).toBe(given.stdout);
    }
    const empty = await generate("--tokens", "9", "--json");
    expect(json(empty).prompt).toBe("");
    const args = ["generate", "m.safetensors"];
    const damaged = await simdream(args, { cwd, input: Uint8Array.of(97, 255) });
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toMatch(/standard input is not valid UTF-8.*offset 1/);
  });

  it("gives JSON with everything about the samples", async () => {
    const options = ["--prompt", "a", "--tokens", "5", "--count", "2", "--seed", "7"];
    const { prompt, samples } = json<{
      prompt: string;
      samples: { text: string; logprobs: { top: unknown[] }[] }[];
    }>(await generate(...options, "--logprobs", "3", "--json"));
    expect(prompt).toBe("a");
    expect(samples).toHaveLength(2);
    expect(samples[1]).toMatchObject({ text: expect.any(String), finish: "length", seed: 8 });
    expect(samples[0].logprobs).toHaveLength(5);
    expect(samples[0].logprobs[0].top).toHaveLength(3);
    const streamed = await generate("--prompt", "a", "--tokens", "5", "--seed", "7");
    expect(streamed.stdout.trimEnd()).toBe(`a${samples[0].text}`.trimEnd());
  });

  it("prints samples of a line each as lines, and heads of longer ones apart", async () => {
    const names = ["generate", "n.safetensors", "--samples", "3", "--seed", "5"];
    const lines = await simdream(names, { cwd });
    expect(lines).toMatchObject({ code: 0, stderr: "" });
    const { samples } = json<{ samples: { text: string }[] }>(
      await simdream([...names, "--json"], { cwd }),
    );
    expect(lines.stdout).toBe(samples.map(({ text }) => `${text}\n`).join(""));
    const long = await generate("--prompt", "a", "--max-tokens", "90", "--count", "3");
    expect(long.stdout).not.toContain("---");
    expect(long.stderr).toBe([1, 2, 3].map((i) => `--- sample ${i} (seed ${i}) ---\n`).join(""));
    const headed = await simdream([...names, "--heads"], { cwd });
    expect(headed.stdout.match(/^---.*$/gm)).toEqual(
      [5, 6, 7].map((seed, i) => `--- sample ${i + 1} (seed ${seed}) ---`),
    );
  });

  it("leaves copies out, draws others, and says how many were copies", async () => {
    const names = ["generate", "n.safetensors", "--samples", "8", "--json"];
    interface Found {
      readonly samples: readonly { text: string; seed: number }[];
      readonly copies: number;
      readonly drawn: number;
    }
    const all = json<Found>(await simdream(names, { cwd })).samples;
    const known = all.slice(0, 3).map(({ text }) => `${text} `);
    writeFileSync(join(cwd, "a.txt"), `${known[0]}\r\n${known[1]}`);
    writeFileSync(join(cwd, "b.txt"), known[2]);
    const ended = await simdream([...names, "--fresh", "a.txt", "--fresh", "b.txt"], { cwd });
    const { samples, copies, drawn } = json<Found>(ended);
    const texts = new Set(known.map((text) => text.trim()));
    expect(samples).toHaveLength(8);
    expect(samples.some(({ text }) => texts.has(text))).toBe(false);
    expect(drawn).toBe(8 + copies);
    const others = all.filter(({ text }) => !texts.has(text));
    expect(samples.slice(0, others.length)).toEqual(others);
    expect(ended.stderr).toBe(`simdream: ${copies} of ${drawn} samples were copies and left out\n`);
    const same = ["--fresh", "a.txt", "--temperature", "1e-9", "--seed", "1"];
    const [best] = json<Found>(await simdream([...names, "--greedy"], { cwd })).samples;
    writeFileSync(join(cwd, "a.txt"), best.text);
    // The model writes small letters, whatever those of the list are.
    writeFileSync(join(cwd, "big.txt"), "Ada\nBea\nCid\n".repeat(9));
    const small = ["--lowercase", "--hidden", "16", "--steps", "200", "--val", "0"];
    await simdream(["train", "big.txt", ...small, "--out", "small.safetensors"], { cwd });
    const found = ["generate", "small.safetensors", "--samples", "9", "--json"];
    const fresh = json<Found>(await simdream([...found, "--fresh", "big.txt"], { cwd }));
    expect(fresh.copies).toBeGreaterThan(0);
    expect(fresh.samples.map(({ text }) => text)).not.toContain("ada");
    const few = await simdream(["generate", "n.safetensors", "--samples", "2", ...same], { cwd });
    expect(few).toMatchObject({ code: 0, stdout: "" });
    expect(few.stderr).toMatch(/200 of 200 samples were copies.*\n.*only 0 of 2 are fresh/);
    const greedy = await simdream([...names, "--fresh", "a.txt", "--greedy"], { cwd });
    expect(greedy).toMatchObject({ code: 2, stderr: expect.stringContaining("--greedy draws no") });
  });

  it("takes its options by their old names too", async () => {
    const print = async (...options: string[]) =>
      (await generate("--prompt", "a", "--json", ...options)).stdout;
    const now = await print("--max-tokens", "7", "--samples", "2");
    expect(await print("--tokens", "7", "--count", "2")).toBe(now);
    expect(JSON.parse(now).samples).toHaveLength(2);
    const help = (await simdream(["generate", "--help"], { cwd })).stdout;
    expect(help).toContain("--max-tokens <n>");
    expect(help).toContain("--samples <n>");
    expect(help).not.toMatch(/ --tokens | --count /);
  });

  it("knows all options of the sampler", async () => {
    const all = [
      ["--greedy"],
      ["--temperature", "0.5", "--top-k", "5", "--top-p", "0.9", "--min-p", "0.01"],
      ["--typical-p", "0.9", "--repetition-penalty", "1.2", "--frequency-penalty", "-0.1"],
      ["--presence-penalty", "0.1", "--logit-bias", "e=2", "--logit-bias", "o=-inf"],
      ["--beams", "4", "--length-penalty", "0.5", "--count", "2"],
    ].map((options) => ["--prompt", "a", "--tokens", "9", ...options]);
    for (const options of all) {
      const { code, stderr } = await generate(...options);
      expect({ code, stderr, options }).toEqual({ code: 0, stderr: "", options });
    }
    const banned = ["--banned", "e", "--banned", "o", "--stop", "z", "--stop", "j", "--json"];
    const { samples } = json<{ samples: { text: string }[] }>(
      await generate("--prompt", "a", ...banned),
    );
    expect(samples[0].text).not.toMatch(/[eozj]/);
  });

  it("refuses what the model cannot do", async () => {
    const refused: [string[], RegExp][] = [
      [["--prompt", "天"], /^simdream: --prompt: the text has "天"/],
      [["--prompt", "a", "--temperature", "-1"], /^simdream: --temperature must be/],
      [["--prompt", "a", "--tokens", "0"], /^simdream: --max-tokens must be/],
      [["--prompt", "a", "--top-p", "1.5"], /^simdream: --top-p must be/],
      [["--prompt", "a", "--logit-bias", "the=1"], /^simdream: --logit-bias: "the" is 3 tokens/],
      [["--prompt", "a", "--logit-bias", "e"], /--logit-bias.*Expected a token and a number/],
      [["--prompt", "a", "--logprobs"], /--logprobs needs --json/],
      [["--prompt", "a", "--beams", "2", "--count", "3"], /--samples must be at most beams/],
    ];
    for (const [options, message] of refused) {
      const { code, stdout, stderr } = await generate(...options);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(message);
    }
  });

  it("does not speak for a model that has learnt nothing", async () => {
    const own = folder();
    const during = (child: ChildProcess) => {
      const timer = setInterval(() => {
        try {
          readFileSync(join(own, "m.safetensors"));
          clearInterval(timer);
          child.kill("SIGKILL");
        } catch {
          // not yet
        }
      }, 1);
      child.on("close", () => clearInterval(timer));
    };
    const huge = ["--hidden", "700", "--embed", "8", "--seq-len", "128", "--quiet"];
    await simdream(["train", "text.txt", "--out", "m.safetensors", ...huge], { cwd: own, during });
    const { code, stderr } = await simdream(["generate", "m.safetensors", "--prompt", "a"], {
      cwd: own,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^simdream: the model has not been trained/);
  });

  it("ends quietly when nobody reads on", async () => {
    const during = (child: ChildProcess) => {
      child.stdout!.once("data", () => child.stdout!.destroy());
    };
    const many = ["generate", "m.safetensors", "--prompt", "a", "--tokens", "30000"];
    expect(await simdream(many, { cwd, during })).toMatchObject({ code: 0, stderr: "" });
    const stop = await simdream(
      ["train", "text.txt", "--out", "p.safetensors", ...tiny, "--steps", "5000"],
      { cwd, during },
    );
    expect(stop).toMatchObject({ code: 130, stderr: "" });
  });

  it.skipIf(process.platform !== "linux")("reports output that cannot be written", async () => {
    const command = `"$0" "$@" > /dev/full`;
    const { cli } = await import("./command-line.js");
    const args = ["-c", command, process.execPath, cli, "inspect", "m.safetensors"];
    expect(await execute("sh", args, { cwd })).toMatchObject({
      code: 1,
      stderr: "simdream: cannot write to standard output: no space left on the device\n",
    });
  });

  it("keeps to a regular expression, a JSON Schema or a grammar", async () => {
    const file = (name: string, content: string) => {
      writeFileSync(join(cwd, name), content);
      return name;
    };
    const matched = await generate(
      "--prompt",
      "",
      "--regex",
      "[a-f]{3}( [a-f]{2})*",
      "--seed",
      "2",
    );
    expect(matched).toMatchObject({ code: 0, stderr: "" });
    expect(matched.stdout).toMatch(/^[a-f]{3}( [a-f]{2})*\n$/);
    const grammar = file("words.gbnf", 'root ::= ("the" | "a") " " [a-z]{3} # two words\n');
    const options = ["--prompt", "", "--grammar", grammar, "--samples", "3", "--json"];
    const { samples } = json<{ samples: { text: string }[] }>(await generate(...options));
    for (const { text } of samples) expect(text).toMatch(/^(the|a) [a-z]{3}$/);
    const schema = file("list.json", JSON.stringify({ enum: ["x"] }));
    const lacking = await generate("--prompt", "", "--json-schema", schema);
    expect(lacking).toMatchObject({ code: 1, stdout: "" });
    expect(lacking.stderr).toContain("its vocabulary lacks");
    const short = await generate("--prompt", "", "--regex", "[a-z]{30}", "--max-tokens", "5");
    expect(short.code).toBe(1);
    expect(short.stderr).toContain(
      "--max-tokens (5) ended the text before the grammar was complete",
    );
    for (const [args, message] of [
      [["--regex", "(?=a)"], "--regex: regular expression: looking ahead"],
      [["--regex", "a", "--grammar", grammar], "only one of --regex, --json-schema and --grammar"],
      [["--json-schema", grammar], `--json-schema ${grammar}: `],
      [["--json-schema", file("wrong.json", '{"foo":1}')], 'the keyword "foo" is not supported'],
    ] as const) {
      const refused = await generate("--prompt", "", ...args);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain(message);
    }
    expect((await generate("--grammar", "none.gbnf")).stderr).toContain("no such file");
  });
});
