// simdream audit: the report as text, JSON and a page; and what is refused.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folder, json, simdream } from "./command-line.js";

const lines = ["the cat sat on the mat", "a dog ran to the sea", "it rained all day"];
const text = Array.from({ length: 60 }, (_, i) => `${lines[(i * i) % 3]} ${i % 7}\n`).join("");
const other = Array.from({ length: 40 }, (_, i) => `${lines[(i + 1) % 3]} ${(i * 3) % 5}\n`).join(
  "",
);

let cwd: string;
beforeAll(async () => {
  cwd = folder();
  writeFileSync(join(cwd, "text.txt"), text);
  writeFileSync(join(cwd, "other.txt"), other);
  const few = ["--steps", "40", "--hidden", "24", "--embed", "8", "--out", "m.safetensors"];
  const { code, stderr } = await simdream(["train", "text.txt", ...few, "--quiet"], { cwd });
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

const small = ["--samples", "3", "--examples", "10", "--prefix", "4,8", "--length", "6"];
const audit = (...words: string[]) => simdream(["audit", "m.safetensors", ...words], { cwd });

describe("simdream audit", () => {
  it("gives the gap, what is copied and what is extractable as JSON, and the same again", async () => {
    writeFileSync(join(cwd, "canaries.tsv"), "the mat \t12\nthe sea \t34\n");
    const words = [
      "text.txt",
      "--held-out",
      "other.txt",
      ...small,
      "--canaries",
      "canaries.tsv",
      "--symbols",
      "01234",
    ];
    const found = json(await audit(...words, "--json"));
    expect(found).toMatchObject({
      model: "LanguageModel",
      heldOut: "given",
      overfitted: expect.any(Boolean),
      gap: { measure: "nats", gap: expect.any(Number) },
      copied: { samples: { samples: 3 }, heldOut: { samples: 3 } },
      extractable: { training: { length: 6, prefixes: [{ prefix: 4 }, { prefix: 8 }] } },
      exposure: [{ secret: "12", space: 25, exact: true }, { secret: "34" }],
      neighbours: null,
    });
    expect(json(await audit(...words, "--json"))).toEqual(found);
  });

  it("is compared with the run's own validation where no other data are given", async () => {
    const { code, stdout } = await audit("text.txt", ...small);
    expect(code).toBe(0);
    expect(stdout).toContain("What m.safetensors remembers");
    expect(stdout).toContain("kept for its validation");
    expect(json(await audit("text.txt", ...small, "--json")).heldOut).toBe("validation");
    expect(json(await audit("other.txt", ...small, "--json"))).toMatchObject({
      heldOut: null,
      gap: null,
    });
  });

  it("writes a page that allows nothing but what is in it, in two languages", async () => {
    for (const [language, title] of [
      ["en", "What m.safetensors remembers"],
      ["zh", "m.safetensors 记住了什么"],
    ]) {
      const out = ["--out", "audit.html", "--language", language];
      const { code, stdout } = await audit("text.txt", "--held-out", "other.txt", ...small, ...out);
      expect(code).toBe(0);
      expect(stdout).toBe("audit.html\n");
      const page = readFileSync(join(cwd, "audit.html"), "utf8");
      expect(page).toContain(`<h1>${title}</h1>`);
      expect(page).not.toMatch(/<script|style="|https?:(?!\/\/www\.w3\.org)|@import|url\(/);
      const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(page)!;
      const styles = Array.from(page.matchAll(/<style>([\s\S]*?)<\/style>/g), ([, one]) => one);
      const hashes = styles.map((one) => createHash("sha256").update(one).digest("base64"));
      const allowed = hashes.map((hash) => `'sha256-${hash}'`).join(" ");
      expect(policy).toBe(`default-src 'none'; style-src ${allowed}; img-src data:`);
    }
    const files = ["audit.txt", "audit.json"];
    for (const out of files) expect((await audit("text.txt", ...small, "--out", out)).code).toBe(0);
    expect(readFileSync(join(cwd, files[0]), "utf8")).toContain("Verdict");
    expect(JSON.parse(readFileSync(join(cwd, files[1]), "utf8"))).toHaveProperty("overfitted");
  });

  it("refuses what it cannot do, and writes over nothing that it reads", async () => {
    writeFileSync(join(cwd, "broken.tsv"), "no tab here\n");
    const refused: [string[], RegExp][] = [
      [["text.txt", "--out", "text.txt"], /would be lost/],
      [["text.txt", "--held-out", "other.txt", "--out", "other.txt"], /would be lost/],
      [["text.txt", "--held-out", "text.txt"], /--held-out text.txt is what it learned/],
      [
        ["text.txt", "--out", "audit.pdf"],
        /--out must end in \.html, \.txt or \.json, got audit\.pdf/,
      ],
      [
        ["text.txt", "--canaries", "broken.tsv"],
        /broken\.tsv:1: expected a prefix, a tab and a secret/,
      ],
      [["text.txt", "--size", "8x8"], /--size is for .*; m\.safetensors holds a language model/],
      [["text.txt", "--prefix", "4,x"], /Expected a/],
      [["none.txt"], /none\.txt/],
    ];
    for (const [words, message] of refused) {
      const { code, stderr } = await audit(...words);
      expect(code, words.join(" ")).toBeGreaterThan(0);
      expect(stderr).toMatch(message);
    }
    expect(readFileSync(join(cwd, "text.txt"), "utf8")).toBe(text);
  });

  it("has help with examples", async () => {
    const { stdout } = await simdream(["audit", "--help"], { cwd });
    expect(stdout).toMatch(/--held-out <file>[\s\S]*Examples:\n {2}simdream audit/);
  });
});

describe("simdream train --guard", () => {
  it("ends a run that learns by heart, and says so", async () => {
    const words = "etaoin shrdlu";
    const noise = Array.from({ length: 900 }, (_, i) => words[(i * i * 31 + 7 * i) % 13]).join("");
    const own = Array.from({ length: 300 }, (_, i) => words[(i * 5 + (i >> 2)) % 13]).join("");
    writeFileSync(join(cwd, "noise.txt"), noise + own);
    const how = [
      "--steps",
      "400",
      "--hidden",
      "48",
      "--embed",
      "16",
      "--dropout",
      "0",
      "--val",
      "0.2",
    ];
    const out = ["--out", "g.safetensors", "--lr", "0.01", "--json"];
    const found = json(await simdream(["train", "noise.txt", ...how, ...out, "--guard"], { cwd }));
    expect(found.warnings).toMatchObject([{ kind: "overfitting" }]);
    expect(found.steps).toBeLessThan(400);
    const refused = await simdream(["train", "noise.txt", ...out, "--guard", "lr", "--val", "0"], {
      cwd,
    });
    expect(refused.stderr).toContain("--guard needs validation");
  });
});
