// The whole demo takes most of a minute, so here it is only begun.

import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { folder, simdream } from "./command-line.js";

it("trains on the sentences inside, and stops at Ctrl-C", async () => {
  const cwd = folder();
  const during = (child: ChildProcess) => {
    child.stdout!.once("data", () => child.kill("SIGINT"));
  };
  const { code, stdout, stderr } = await simdream(["demo"], { cwd, during });
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  expect(stdout).toMatch(/^[\d,]+ sentences, [\d,]+ characters; an LSTM of/);
  expect(readdirSync(cwd).sort()).toEqual(["names.txt", "text.txt"]);
});

it("knows before training whether the model can be kept", async () => {
  const { code, stderr } = await simdream(["demo", "--out", "gone/m"], { cwd: folder() });
  expect(code).toBe(1);
  expect(stderr).toBe("simdream: cannot write gone/m: no such file or folder\n");
});
