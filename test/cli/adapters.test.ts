// Adapters from the command line: trained beside a file's model, resumed, used and merged.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bytes, json, simdream, text, trained } from "./command-line.js";

interface Result {
  readonly steps: number;
  readonly fingerprint: string;
}

it("is trained, resumed, used and merged", async () => {
  const cwd = await trained();
  const before = bytes(cwd, "m.safetensors");
  writeFileSync(join(cwd, "more.txt"), text.slice(0, 2000));
  const train = ["train", "more.txt", "--from", "m.safetensors", "--batch", "4", "--json"];
  const lora = [...train, "--lora", "2", "--lora-targets", "all", "--keep-state"];
  const whole = json<Result>(
    await simdream([...lora, "--steps", "30", "--out", "a.safetensors"], { cwd }),
  );
  expect(whole.steps).toBe(30);
  expect(bytes(cwd, "m.safetensors")).toBe(before);
  await simdream([...lora, "--steps", "12", "--out", "b.safetensors"], { cwd });
  const resumed = json<Result>(
    await simdream([...train, "--resume", "b.safetensors", "--steps", "30"], { cwd }),
  );
  expect(resumed.steps).toBe(30);

  const nats = async (file: string, ...more: string[]) =>
    json<{ nats: number }>(
      await simdream(["evaluate", file, "more.txt", "--json", ...more], { cwd }),
    ).nats;
  const adapted = await nats("m.safetensors", "--adapter", "a.safetensors");
  const alone = await nats("m.safetensors");
  expect(adapted).toBeLessThan(alone);
  expect(await nats("m.safetensors", "--adapter", "b.safetensors")).toBeLessThan(alone);
  const merge = ["merge", "m.safetensors", "a.safetensors", "--out", "n.safetensors"];
  expect(await simdream(merge, { cwd })).toMatchObject({ code: 0 });
  expect(Math.abs((await nats("n.safetensors")) - adapted)).toBeLessThan(1e-5);
  const generate = ["--prompt", "t", "--max-tokens", "9", "--seed", "3"];
  const one = await simdream(["generate", "n.safetensors", ...generate], { cwd });
  const files = ["m.safetensors", "--adapter", "a.safetensors"];
  const two = await simdream(["generate", ...files, ...generate], { cwd });
  expect(two).toMatchObject({ code: 0, stdout: one.stdout });
  const wrong = await simdream(["generate", "a.safetensors", ...generate], { cwd });
  expect(wrong.stderr).toMatch(/holds an adapter: give the model that it is of/);
  const shown = await simdream(["inspect", "a.safetensors"], { cwd });
  const { fingerprint } = json<{ fingerprint: string }>(
    await simdream(["inspect", "m.safetensors", "--json"], { cwd }),
  );
  expect(shown.stdout).toMatch(/^model +adapter of a LanguageModel$/m);
  expect(shown.stdout).toContain(fingerprint);
  const good = readFileSync(join(cwd, "a.safetensors"), "latin1");
  writeFileSync(join(cwd, "bad.safetensors"), good.replace('\\"r\\":2', '\\"r\\":0'), "latin1");
  expect(await simdream(["inspect", "bad.safetensors"], { cwd })).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/^simdream: bad\.safetensors: .*got 0\n$/) },
  });
});

it("is refused where it does not fit", async () => {
  const cwd = await trained();
  const refused: [string[], RegExp][] = [
    [["train", "text.txt", "--lora", "2", "--out", "a"], /--lora needs --from/],
    [
      ["train", "text.txt", "--from", "m.safetensors", "--lora-alpha", "2", "--out", "a"],
      /need --lora, the adapter's rank/,
    ],
    [
      [
        "train",
        "text.txt",
        "--from",
        "m.safetensors",
        "--lora",
        "2",
        "--lora-targets",
        "x",
        "--out",
        "a",
      ],
      /lora\.targets: no matrix is "x"/,
    ],
    [
      ["train", "text.txt", "--from", "m.safetensors", "--lora", "2", "--out", "m.safetensors"],
      /--from/,
    ],
    [
      ["generate", "m.safetensors", "--adapter", "m.safetensors"],
      /holds a model, not an adapter: --adapter takes what train --lora wrote/,
    ],
    [["merge", "m.safetensors", "text.txt", "--out", "n"], /text\.txt/],
  ];
  for (const [args, message] of refused) {
    const ended = await simdream(args, { cwd });
    expect(ended.stderr).toMatch(message);
    expect(ended.code).not.toBe(0);
  }
});
