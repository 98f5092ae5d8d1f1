// A few thousand damaged files and requests; test/tasks/fuzz.mjs, fuzz-pictures.mjs and fuzz-requests.mjs by hand damage as many as one likes.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { execute } from "../cli/command-line.js";

test("damaged files are refused by errors of ours, soon and in few words, or are models", async () => {
  const script = fileURLToPath(new URL("../tasks/fuzz.mjs", import.meta.url));
  const args = [script, "--files", "2000", "--headers", "2000", "--nudges", "1000", "--seed", "7"];
  const { code, stdout, stderr } = await execute(process.execPath, args, { cwd: "." });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const { cases, refused, loaded, longest } = JSON.parse(stdout);
  expect(cases).toBe(5000);
  expect(refused).toBeGreaterThan(3000);
  expect(loaded).toBeGreaterThan(200);
  expect(longest).toBeLessThanOrEqual(2000);
});

test("damaged PNG, GIF and IDX files are refused by errors of ours, soon and in few words, or are pictures", async () => {
  const script = fileURLToPath(new URL("../tasks/fuzz-pictures.mjs", import.meta.url));
  const args = [script, "--files", "4000", "--seed", "7"];
  const { code, stdout, stderr } = await execute(process.execPath, args, { cwd: "." });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const { cases, refused, read } = JSON.parse(stdout);
  expect(cases).toBe(4000);
  expect(refused).toBeGreaterThan(3000);
  expect(read).toBeGreaterThan(20);
});

test("damaged requests are answered by errors of ours, soon and in few words, or as they ask", async () => {
  const script = fileURLToPath(new URL("../tasks/fuzz-requests.mjs", import.meta.url));
  const args = [script, "--requests", "4000", "--seed", "7"];
  const { code, stdout, stderr } = await execute(process.execPath, args, { cwd: "." });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const { cases, answered } = JSON.parse(stdout);
  expect(cases).toBe(4000);
  expect(answered).toBeGreaterThan(100);
});
