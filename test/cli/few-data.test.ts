import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folder, json, simdream } from "./command-line.js";

const train = ["train", "few.txt", "--out", "m.safetensors"];
const sixty = "The quick brown fox jumps over the lazy dog. It was a good d";

function few(content: string): string {
  const cwd = folder();
  writeFileSync(join(cwd, "few.txt"), content);
  return cwd;
}

it("trains on sixty characters without an option, and says what it does", async () => {
  expect(sixty).toHaveLength(60);
  const cwd = few(sixty);
  const ended = await simdream(train, { cwd });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("note   60 characters are few");
  expect(ended.stdout).not.toContain("check ");
  const model = json<{ record: { validation: number | null } }>(
    await simdream(["inspect", "m.safetensors", "--json"], { cwd }),
  );
  expect(model.record.validation).toBeNull();
});

it("shortens rows that were asked for, and says so", async () => {
  const cwd = few(sixty);
  const ended = await simdream([...train, "--seq-len", "500", "--steps", "2"], { cwd });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("59 tokens (the text has no more)");
});

it("trains on five pairs", async () => {
  const cwd = few("a\tx\nb\ty\nc\tz\nd\tu\ne\tv\n");
  const ended = await simdream([...train, "--steps", "2", "--batch", "32"], { cwd });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain("batches of 5 pairs");
});

it("makes no validation of many that are equal", async () => {
  const short = ["--steps", "2", "--batch", "8"];
  const documents = few("hello world\n".repeat(50));
  const said = await simdream([...train, ...short, "--documents", "lines"], { cwd: documents });
  expect(said).toMatchObject({ code: 0, stderr: "" });
  expect(said.stdout).toContain("batches of 8 documents");
  expect(said.stdout).not.toContain("check ");
  const pairs = few("hello\tworld\n".repeat(50));
  expect(await simdream([...train, ...short], { cwd: pairs })).toMatchObject({ code: 0 });
});

it("counts passes in place of steps", async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n");
  const cwd = few(lines);
  const epochs = ["--documents", "lines", "--batch", "8", "--val", "0", "--epochs", "3", "--json"];
  const done = await simdream([...train, ...epochs], { cwd });
  expect(json(done)).toMatchObject({ steps: 15 });
  const both = await simdream([...train, ...epochs, "--steps", "3"], { cwd });
  expect(both).toMatchObject({ code: 1, stderr: "simdream: give steps or epochs, not both\n" });
});
