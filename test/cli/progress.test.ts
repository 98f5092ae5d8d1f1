// What a run shows, on a terminal and elsewhere.

import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { makeProgress, type ProgressOptions } from "../../src/cli/run/progress.js";
import { endOfRise, Rise } from "../../src/cli/run/rise.js";
import { fraction } from "../../src/cli/show/format.js";
import type { PairStepReport, RunProgress } from "../../src/entries/node.js";
import { json, simdream, trained } from "./command-line.js";
import { pairFolder, tinyPairs } from "./pairs.js";

const report = (step: number, more: Partial<PairStepReport> = {}): PairStepReport => ({
  ...{ step, steps: 40, loss: 3, lr: 0.1, gradNorm: 1, examples: step, targets: step },
  ...{ targetsPerSecond: 1000, elapsed: step, tokens: step, tokensPerSecond: 1000 },
  ...more,
});

/** What is written about these reports. */
function shown(
  reports: readonly PairStepReport[],
  terminal: boolean,
  options: Partial<ProgressOptions> = {},
): string {
  const output = Object.assign(new PassThrough({ encoding: "utf8" }), {
    isTTY: terminal,
    columns: 100,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  const progress = makeProgress(output as unknown as NodeJS.WriteStream, {
    bitsPerNat: 2,
    validated: true,
    samples: () => [],
    ...options,
  });
  for (const one of reports) progress.step(one);
  progress.end();
  output.end();
  return output.read() ?? "";
}

describe("where the output is no terminal", () => {
  const reports = Array.from({ length: 40 }, (_, i) =>
    report(
      i + 1,
      (i + 1) % 4 === 0
        ? { validation: 5, measures: { exactMatch: 0.35, exactMatchOf: 20, padding: 0.276 } }
        : {},
    ),
  );
  const lines = shown([report(1, { padding: 0.276 }), ...reports.slice(1)], false).split("\n");
  const rows = lines.filter((line) => /^ *\d+\/40 /.test(line));
  const cells = (line: string) => line.trim().split(/ {2,}/);

  it("a column means one thing, and has its name above", () => {
    const heads = lines.filter((line) => /^ *step /.test(line)).map(cells);
    const names = ["step", "loss", "bits/char", "validation", "val bits/char", "tokens/s", "left"];
    expect(heads).toEqual([names]);
    expect(rows).toHaveLength(20);
    for (const [i, row] of rows.entries()) {
      const validated = i % 2 === 1;
      expect(cells(row).slice(1, 5)).toEqual(
        validated ? ["3.000", "6.00", "5.000", "10.00"] : ["3.000", "6.00", "-", "-"],
      );
      expect(cells(row)[7]).toBe(validated ? "exact match 7 of 20 (35 %)" : undefined);
    }
  });

  it("padding and the time are said once, at the start", () => {
    expect(lines.filter((line) => line.includes("padding"))).toEqual([
      "padding 27.6 % of a batch's positions",
    ]);
    const time = lines.indexOf("time   about 40 s on this machine");
    expect(time).toBeGreaterThan(-1);
    expect(time).toBeLessThan(lines.indexOf(rows[1]));
    expect(lines.filter((line) => line.startsWith("time"))).toHaveLength(1);
  });

  it("nothing is said of the time of a run that is over in a moment", () => {
    const quick = reports.map((one) => ({ ...one, elapsed: one.step / 10 }));
    expect(shown(quick, false)).not.toContain("on this machine");
  });

  it("smooths the parts of a loss as the loss itself, and how often a discriminator is right", () => {
    const turns = Array.from({ length: 40 }, (_, i) => {
      const high = i % 2;
      const phases = {
        discriminator: { loss: 1, gradNorm: 1, parts: { realAccuracy: high } },
        generator: { loss: 1, gradNorm: 1 },
      };
      return [
        report(i + 1, { loss: 4 + 2 * high, parts: { kl: 2 * high } }),
        report(i + 1, { phases } as object),
      ];
    });
    const last = (which: number) => {
      const table = shown(
        turns.map((both) => both[which]),
        false,
        { validated: false },
      );
      return cells(table.trimEnd().split("\n").at(-1)!);
    };
    const [, loss, kl] = last(0).map(Number);
    expect(loss - kl).toBeCloseTo(4);
    expect(kl).toBeCloseTo(1, 1);
    expect(last(1)[3]).toMatch(/^5\d %$/);
  });

  it("has no columns of a validation where there is none", () => {
    const [head] = shown([report(40, { finished: "steps" })], false, { validated: false }).split(
      "\n",
    );
    expect(cells(head)).toEqual(["step", "loss", "bits/char", "tokens/s", "left"]);
  });
});

describe("on a terminal", () => {
  it("shows several samples at each validation, others at the next", () => {
    let turn = 0;
    const samples = () => ["a", "b"].map((one) => `${one}${turn++}`);
    const text = shown([report(4, { validation: 5 }), report(8, { validation: 4 })], true, {
      samples,
    });
    expect(text).toContain(
      "step 4  loss 3.000  bits/char 6.00  validation 5.000  val bits/char 10.00",
    );
    for (const sample of ["  a0", "  b1", "  a2", "  b3"]) expect(text).toContain(sample);
    expect(text.match(/padding/g)).toBe(null);
  });
});

it("says on a terminal what a validation is of, and not how fast the machine is", () => {
  for (const targets of ["token", "picture", "row"]) {
    const text = shown([report(4, { validation: 5 })], true, { targets });
    expect(text).toMatch(/step 4 {2}loss .* {2}validation 5\.000/);
    const [said] = text.match(/step 4 {2}.*/) ?? [];
    expect(said).not.toMatch(/s\/s|left/);
  }
});

describe("a rising validation", () => {
  it("is said once, after two that are above the best", () => {
    const rise = new Rise();
    const said = [6, 5.457, 5.5, 5.6, 5.7, 5.4, 5.41, 5.42].map((validation, i) =>
      rise.observe(report(400 * (i + 1), { validation })),
    );
    expect(said.map(Boolean)).toEqual([false, false, false, true, false, false, false, true]);
    expect(said[3]).toBe("validation rises: best at step 800 (5.457), rising since");
    expect(new Rise({ step: 9, loss: 1 }).observe(report(1, { validation: 2 }))).toBe(undefined);
  });

  it("is said at the end, with the step whose weights are kept", () => {
    const run = { step: 2000, bestStep: 800, bestLoss: 5.457, lastValidation: 5.9 };
    const end = (more: object) => endOfRise({ ...run, kept: 800, ...more } as RunProgress);
    const head =
      "validation: best at step 800 (5.457), 5.900 at step 2,000; the model has the weights of step";
    expect(end({})).toBe(`${head} 800`);
    expect(end({ kept: null })).toBe(`${head} 2,000`);
    expect(end({ bestStep: 2000, bestLoss: 5.9 })).toBe(undefined);
    expect(end({ bestLoss: null, lastValidation: null })).toBe(undefined);
  });
});

it("fractions of few are said as numbers of them", () => {
  expect(fraction(0.35, 20)).toBe("7 of 20 (35 %)");
  expect(fraction(2 / 3, 3)).toBe("2 of 3 (67 %)");
  expect(fraction(0, 1)).toBe("0 of 1 (0 %)");
  expect(fraction(0.35, 20_000)).toBe("35.0 %");
  expect(fraction(0.35)).toBe("35.0 %");
});

it("the end of a run and its log have one name for one thing", async () => {
  const cwd = await trained("--log", "run.log");
  const args = ["train", "text.txt", "--out", "n", "--hidden", "8", "--steps", "10", "--json"];
  const result = json<{ validation: number }>(
    await simdream([...args, "--log", "own.log"], { cwd }),
  );
  expect(result.validation).toBeGreaterThan(0);
  expect(result).not.toHaveProperty("valLoss");
});

it("evaluate counts exact answers, and answers are of held-out sources", async () => {
  const cwd = pairFolder();
  const args = ["train", "pairs.tsv", "--out", "m.safetensors", ...tinyPairs, "--log", "run.log"];
  const { stdout } = await simdream(args, { cwd });
  expect(stdout).toMatch(/exact match \d of 6 \(\d+ %\)/);
  const { stdout: table } = await simdream(["evaluate", "m.safetensors", "pairs.tsv"], { cwd });
  expect(table).toMatch(/^exact match +\d+ of 64 \(\d+ %\)$/m);
});
