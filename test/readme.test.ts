// The README's first lines, run as they are printed, by somebody who has only the package.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "simdream-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as a user has it: what is published, in node_modules. */
function install(): void {
  const target = join(folder, "node_modules", "simdream");
  mkdirSync(target, { recursive: true });
  cpSync(join(root, "dist"), join(target, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(target, "package.json"));
}

const firstCode = (file: string) =>
  /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, file), "utf8"))![1];

describe("the README", () => {
  test("begins with lines that run, in fewer steps here", () => {
    install();
    const code = firstCode("README.md");
    expect(code).toContain("steps: 2000");
    writeFileSync(join(folder, "first.mjs"), code.replace("steps: 2000", "steps: 12"));
    const output = execFileSync(process.execPath, ["first.mjs"], { cwd: folder, encoding: "utf8" });
    const lines = output.split("\n");
    expect(lines[0]).toMatch(/^1 \d\.\d+$/);
    expect(lines[11]).toMatch(/^12 \d\.\d+$/);
    expect(Number(lines[11].slice(3))).toBeLessThan(Number(lines[0].slice(2)));
    expect(lines.slice(12).join("\n").length).toBeGreaterThanOrEqual(40);
  });

  test("has the same code in Chinese", () => {
    const code = (file: string) =>
      readFileSync(join(root, file), "utf8").match(/```[a-z]+\n[\s\S]*?```/g)!;
    const bare = (blocks: string[]) =>
      blocks.map((block) => block.replace(/#.*$/gm, "").replace(/ +$/gm, ""));
    expect(bare(code("README.zh-CN.md"))).toEqual(bare(code("README.md")));
  });
});
