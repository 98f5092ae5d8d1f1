// import and export: folders of Hugging Face's in and out.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { folder, json, simdream } from "./command-line.js";

const cwd = folder();
const golden = fileURLToPath(new URL("../golden/hugging-face", import.meta.url));

beforeAll(() => {
  const put = (to: string, ...from: string[]) => {
    mkdirSync(join(cwd, to), { recursive: true });
    for (const path of from)
      copyFileSync(join(golden, path), join(cwd, to, path.split("/").pop()!));
  };
  const own = (name: string) => [`${name}/config.json`, `${name}/model.safetensors`];
  for (const name of ["llama", "gpt2", "qwen3"]) {
    put(name, "tokenizer.json", "generation_config.json", ...own(name));
  }
  put("half", "tokenizer.json", "llama/config.json");
  put("odd", "tokenizer.json", ...own("llama"));
  const config = JSON.parse(readFileSync(join(cwd, "odd/config.json"), "utf8"));
  writeFileSync(join(cwd, "odd/config.json"), JSON.stringify({ ...config, my_note: 1 }));
});

const imported = (name: string, ...more: string[]) =>
  simdream(["import", name, "--out", `${name}.safetensors`, ...more], { cwd });

it.each(["llama", "gpt2", "qwen3"])("%s goes in, generates, and comes out again", async (name) => {
  const { code, stdout } = await imported(name);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\w+ -> \w+\.safetensors, [\d.]+ kB\ntransformer .*\nhugging-face, 261/);
  const model = `${name}.safetensors`;
  const { greedy } = JSON.parse(readFileSync(join(golden, "expected.json"), "utf8")).models[name];
  const text = "the cat sat on the mat";
  const asked = ["--prompt", text, "--greedy", "--max-tokens", "8", "--json"];
  const found = json<{ samples: { tokens: number[] }[] }>(
    await simdream(["generate", model, ...asked], { cwd }),
  );
  expect(found.samples[0].tokens).toEqual(greedy.slice(0, found.samples[0].tokens.length));
  const inspected = json(await simdream(["inspect", model, "--json"], { cwd }));
  expect(inspected).toMatchObject({ tokenizer: { kind: "hugging-face", size: 261, eos: [260] } });
  const { stdout: table } = await simdream(["inspect", model], { cwd });
  expect(table).toMatch(/^tokenizer +hugging-face, 261 tokens$/m);

  const out = await simdream(["export", model, "--out", `${name}-again`, "--json"], { cwd });
  expect(json(out)).toMatchObject({ file: model, out: `${name}-again` });
  expect(readdirSync(join(cwd, `${name}-again`)).sort()).toEqual([
    ...["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"],
    "tokenizer_config.json",
  ]);
  const again = json(await imported(`${name}-again`, "--json"));
  expect(again.fingerprint).toBe(inspected.fingerprint);
});

it("rounds weights on the way in", async () => {
  const found = json(await imported("llama", "--weights", "int8", "--json"));
  expect(found).toMatchObject({ weights: "int8", parameterCount: 12272 });
  const out = await simdream(["export", "llama.safetensors", "--out", "rounded"], { cwd });
  expect(out).toMatchObject({ code: 1, stderr: expect.stringContaining("rounded") });
});

it("says what it cannot do, and leaves files alone", async () => {
  expect(await simdream(["import", "llama"], { cwd })).toMatchObject({
    ...{ code: 2, stderr: "simdream: import needs --out <file>\n" },
  });
  expect(await imported("none")).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("cannot read none") },
  });
  expect(await imported("half")).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("half: expected model.safetensors") },
  });
  expect(await imported("odd")).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/my_note is 1,.* with --ignore my_note\n$/) },
  });
  expect((await imported("odd", "--ignore", "my_note")).code).toBe(0);
  const before = readFileSync(join(cwd, "gpt2/model.safetensors"));
  const over = ["import", "gpt2", "--out", "gpt2/model.safetensors"];
  expect(await simdream(over, { cwd })).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("would be lost") },
  });
  expect(readFileSync(join(cwd, "gpt2/model.safetensors")).equals(before)).toBe(true);

  await imported("gpt2");
  copyFileSync(join(cwd, "gpt2.safetensors"), join(cwd, "half/model.safetensors"));
  const onto = ["export", "half/model.safetensors", "--out", "half"];
  expect(await simdream(onto, { cwd })).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("would be lost") },
  });
  writeFileSync(join(cwd, "names.txt"), "rose\nlily\niris\n".repeat(5));
  await simdream(["train", "names.txt", "--steps", "2", "--out", "lstm.safetensors"], { cwd });
  expect(await simdream(["export", "lstm.safetensors", "--out", "l"], { cwd })).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('"lstm"') },
  });
  expect(await simdream(["export", "gpt2.safetensors"], { cwd })).toMatchObject({
    ...{ code: 2, stderr: "simdream: export needs --out <folder>\n" },
  });
});

it("trains further what was brought in", async () => {
  await imported("llama");
  writeFileSync(join(cwd, "cats.txt"), "the cat sat\nthe cat ate\nthe mat\n".repeat(5));
  const train = ["train", "cats.txt", "--from", "llama.safetensors", "--documents", "lines"];
  const done = await simdream([...train, "--steps", "3", "--out", "cats.safetensors"], { cwd });
  expect(done).toMatchObject({ code: 0 });
  const made = await simdream(["generate", "cats.safetensors", "--prompt", "the"], { cwd });
  expect(made.code).toBe(0);
});
