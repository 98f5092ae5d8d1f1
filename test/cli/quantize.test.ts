import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { json, simdream, trained } from "./command-line.js";

let cwd: string;
beforeAll(async () => {
  cwd = await trained();
});

const quantize = ["quantize", "m.safetensors", "--out", "q.safetensors"];

it("writes a smaller file that generates, scores and is inspected", async () => {
  const { code, stdout } = await simdream(quantize, { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^m\.safetensors, [\d.]+ kB -> q\.safetensors, [\d.]+ kB\n$/);
  const said = json<Record<string, unknown>>(await simdream([...quantize, "--json"], { cwd }));
  const size = (name: string) => statSync(join(cwd, name)).size;
  expect(said).toMatchObject({
    ...{ file: "m.safetensors", bytes: size("m.safetensors") },
    ...{ out: "q.safetensors", outBytes: size("q.safetensors") },
  });
  expect(size("q.safetensors")).toBeLessThan(size("m.safetensors") / 2);

  const inspect = async (name: string) =>
    json(await simdream(["inspect", name, "--json"], { cwd }));
  const [own, other] = [await inspect("q.safetensors"), await inspect("m.safetensors")];
  expect(own).toMatchObject({ weights: "int8", fingerprint: said.fingerprint });
  expect(other).toMatchObject({
    weights: "f32",
    parameterCount: own.parameterCount,
    record: own.record,
  });
  const { stdout: table } = await simdream(["inspect", "q.safetensors"], { cwd });
  expect(table).toMatch(/^weights +int8$/m);

  const score = async (name: string) =>
    json(await simdream(["evaluate", name, "text.txt", "--json"], { cwd })).nats;
  expect(Math.abs((await score("q.safetensors")) - (await score("m.safetensors")))).toBeLessThan(
    0.01,
  );
  const generate = ["generate", "q.safetensors", "--prompt", "the ", "--seed", "3"];
  const first = await simdream(generate, { cwd });
  expect(first.stdout.length).toBeGreaterThan(100);
  expect(await simdream(generate, { cwd })).toEqual(first);
});

it("says what it cannot do, and leaves files alone", async () => {
  await simdream(quantize, { cwd });
  expect(await simdream(["quantize", "m.safetensors"], { cwd })).toMatchObject({
    code: 2,
    stderr: "simdream: quantize needs --out <file>\n",
  });
  const before = readFileSync(join(cwd, "m.safetensors"));
  const same = await simdream(["quantize", "m.safetensors", "--out", "./m.safetensors"], { cwd });
  expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining("would be lost") });
  expect(readFileSync(join(cwd, "m.safetensors")).equals(before)).toBe(true);
  const twice = await simdream(["quantize", "q.safetensors", "--out", "r.safetensors"], { cwd });
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining("quantised already") });
  const resume = ["train", "text.txt", "--resume", "q.safetensors", "--steps", "99"];
  expect(await simdream(resume, { cwd })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("q.safetensors is quantised, for sampling only"),
  });
});

it("refuses a damaged file with its name", async () => {
  await simdream(quantize, { cwd });
  copyFileSync(join(cwd, "q.safetensors"), join(cwd, "d.safetensors"));
  const bytes = readFileSync(join(cwd, "d.safetensors"));
  writeFileSync(join(cwd, "d.safetensors"), bytes.subarray(0, bytes.length - 4));
  const { code, stderr } = await simdream(["generate", "d.safetensors"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^simdream: d\.safetensors: safetensors file/);
});

it("writes 4 bits a weight, smaller still", async () => {
  await simdream(quantize, { cwd });
  const four = ["quantize", "m.safetensors", "--bits", "4", "--out", "four.safetensors"];
  expect(await simdream(four, { cwd })).toMatchObject({ code: 0 });
  const size = (name: string) => statSync(join(cwd, name)).size;
  expect(size("four.safetensors")).toBeLessThan(size("q.safetensors"));
  const { stdout } = await simdream(["inspect", "four.safetensors"], { cwd });
  expect(stdout).toMatch(/^weights +int4$/m);
  const generate = ["generate", "four.safetensors", "--prompt", "the ", "--seed", "3"];
  expect((await simdream(generate, { cwd })).stdout.length).toBeGreaterThan(100);
  const odd = ["quantize", "m.safetensors", "--bits", "3", "--out", "x.safetensors"];
  expect(await simdream(odd, { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("4, 8"),
  });
});
