// What the tasks reproduce is what the page of results says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rows } from "../tasks/reproduce.mjs";

test("every fingerprint that is reproduced stands in docs/results.md", () => {
  const page = readFileSync(new URL("../../docs/results.md", import.meta.url), "utf8");
  for (const [name, [, , ...expected]] of Object.entries(rows)) {
    for (const one of expected) expect(page, name).toContain(`\`${one}`);
  }
});
