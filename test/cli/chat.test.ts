import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, it } from "vitest";
import { cli, simdream } from "./command-line.js";
import { learntPairs, odd, threshold } from "./pairs.js";

let cwd: string;
beforeAll(async () => {
  cwd = await learntPairs();
});

const chat = (lines: readonly string[], ...options: string[]) =>
  simdream(["chat", "m.safetensors", ...options], { cwd, input: lines.join("\n") });

it("answers line by line, and goes on after what it cannot read", async () => {
  const said = await chat(["red tea", "", "狐 tea", "  green fish  "]);
  expect(said).toMatchObject({ code: 0, stderr: "" });
  expect(said.stdout).toBe("红茶\n(I have never seen 狐; please say it in other words)\n绿鱼\n");
});

it("obeys /seed, /reset and /quit", async () => {
  const asked = ["/seed 3", "red tea", "red tea", "/reset", "red tea", "red tea", "/quit", "blue"];
  const { code, stdout } = await chat(asked, "--temperature", "4");
  expect(code).toBe(0);
  const answers = stdout.trimEnd().split("\n");
  expect(answers).toHaveLength(6);
  expect(answers[0]).toBe("(answers are drawn, from seed 3 on)");
  expect(answers[3]).toBe("(what was said is forgotten)");
  expect(answers.slice(4)).toEqual(answers.slice(1, 3));
  expect(answers[2]).not.toBe(answers[1]);
  const wrong = await chat(["/seed x", "/dance"]);
  expect(wrong.stdout).toMatch(/^\(\/seed needs a whole number.*\)\n\(\/reset forgets/);
});

it("reads what was said before with --history", async () => {
  const lines = ["red tea", "blue bird"];
  const plain = await chat(lines);
  const joined = await chat(lines, "--history", "1");
  // The answer before is in another script, which the source's side has never seen.
  const alone = await simdream(["translate", "m.safetensors", "red tea blue bird"], { cwd });
  expect(plain.stdout).toBe("红茶\n蓝鸟\n");
  expect(joined.stdout).toBe(`红茶\n${alone.stdout}`);
  const joiner = await chat(lines, "--history", "1", "--joiner", "|");
  expect(joiner).toMatchObject({ code: 2, stdout: "" });
  expect(joiner.stderr).toMatch(/--history: the model has never seen "\|"/);
});

it("says that it does not know where it is not sure", async () => {
  const lines = ["red tea", odd, "blue bird"];
  const least = await threshold(cwd);
  const sure = await chat(lines, "--min-confidence", least);
  expect(sure.stdout).toBe("红茶\nI do not know\n蓝鸟\n");
  const beams = await chat(lines, "--min-confidence", least, "--beam", "3", "--unsure", "?");
  expect(beams.stdout).toBe("红茶\n?\n蓝鸟\n");
  const wrong = await chat(lines, "--min-confidence", "-1");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain("at least 0 and at most 1");
});

it("gives JSON, a line for each answer", async () => {
  const { stdout } = await chat(["red tea", "狐"], "--json");
  const [one, two] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(one).toEqual({ source: "red tea", text: "红茶" });
  expect(two).toMatchObject({ source: "狐", unknown: ["狐"] });
});

it("ends at Ctrl-C with its input still open", async () => {
  const child = spawn(process.execPath, [cli, "chat", "m.safetensors"], { cwd });
  const ended = once(child, "close");
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (stdout.endsWith("\n")) child.kill("SIGINT");
  });
  child.stdin.write("red tea\n");
  expect(await ended).toEqual([0, null]);
  expect(stdout).toBe("红茶\n");
});
