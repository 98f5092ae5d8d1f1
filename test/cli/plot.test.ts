// Logs as a picture.

import { linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLog } from "../../src/cli/io/read-log.js";
import { lossChart } from "../../src/cli/show/loss-chart.js";
import { curvesOf } from "../../src/cli/show/loss-curves.js";
import { bytes, folder, json, simdream, trained } from "./command-line.js";

/** A log of a falling loss with a validation that rises after step 30. */
function log(steps: number): string {
  return Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    const validation = step % 10 === 0 ? { validation: 2 + Math.abs(step - 30) / 100 } : {};
    return JSON.stringify({ step, steps, loss: 3 / Math.sqrt(step), ...validation });
  }).join("\n");
}

/** The points of a path, in pixels. */
function points(path: string): [number, number][] {
  const pairs = path.split(/[ML]/).filter(Boolean);
  return pairs.map((pair) => pair.split(" ").map(Number) as [number, number]);
}

/** All curves of a colour. */
function curves(svg: string, colour: number): [number, number][][] {
  const found = svg.matchAll(new RegExp(`<path class="c${colour}"[^>]* d="(M[^"hV]*)"`, "g"));
  return Array.from(found, ([, path]) => points(path));
}

describe("a log is read", () => {
  const cwd = folder();
  const written = (content: string) => {
    writeFileSync(join(cwd, "run.log"), content);
    return readLog(join(cwd, "run.log"));
  };

  it("whole, cut off in the middle of a line, or with damaged lines", () => {
    const whole = written(log(50));
    expect(whole.steps).toHaveLength(50);
    expect(whole.steps[29]).toEqual({ step: 30, loss: 3 / Math.sqrt(30), validation: 2 });
    expect(written(log(50).slice(0, -9))).toMatchObject({ damaged: 0, steps: { length: 49 } });
    expect(written(log(50).slice(0, log(20).length + 12)).steps.at(-1)?.step).toBe(20);
    const damaged = written(log(50).replace('{"step":7,', "{step").replaceAll("\n", "\r\n"));
    expect(damaged).toMatchObject({ damaged: 1, steps: { length: 49 } });
  });

  it("or refused with what was expected", () => {
    const refused: [string, RegExp][] = [
      ["", /is empty/],
      ["Once upon a time\nthere was\n", /no line of it is a step; expected a log that train --log/],
      ['{"a":1}\n{"b":2}\n', /no line of it is a step/],
      ['{"step":1,"steps":5', /its only line is cut off/],
      ['{"step":"1","loss":2}\n', /no line of it is a step/],
      [`${log(2)}\nnot\na\nlog\nat all\n`, /3 of 5 lines are no steps: it is no log/],
    ];
    for (const [content, message] of refused) expect(() => written(content)).toThrow(message);
    expect(() => readLog(join(cwd, "none.log"))).toThrow(/cannot read .*none\.log: no such file/);
  });
});

describe("the picture", () => {
  const steps = log(100)
    .split("\n")
    .map((line) => JSON.parse(line));
  const drawn = curvesOf({ path: "a", steps, damaged: 0 }, "a<b>");

  it("has both losses where the log has them, and the best validation", () => {
    const svg = lossChart([drawn], false);
    const [training, validation] = [curves(svg, 0), curves(svg, 1)];
    expect(training.map(({ length }) => length)).toEqual([100, 100]);
    expect(validation.map(({ length }) => length)).toEqual([10]);
    // The best validation is the lowest, at three tenths of the way.
    const lowest = validation[0].reduce((low, one) => (one[1] > low[1] ? one : low));
    const [left, right] = [training[0][0][0], training[0][99][0]];
    expect((lowest[0] - left) / (right - left)).toBeCloseTo(29 / 99, 2);
    expect(svg).toContain("best 2.000 at step 30");
    for (const words of [">training<", ">validation<", ">step<", ">loss<", ">100<"]) {
      expect(svg).toContain(words);
    }
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toContain("a&lt;b&gt;");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("is logarithmic where that is asked for: equal factors, equal distances", () => {
    const halving = Array.from({ length: 41 }, (_, step) => ({ step, loss: 8 / 2 ** (step / 10) }));
    const log = { ...drawn, training: halving, smooth: halving, validation: [], best: undefined };
    const falls = (svg: string) => {
      const y = curves(svg, 0)[0].map(([, at]) => at);
      return [10, 20, 30, 40].map((i) => y[i] - y[i - 10]);
    };
    const svg = lossChart([log], true);
    for (const fall of falls(svg)) expect(Math.abs(fall - falls(svg)[0])).toBeLessThan(0.3);
    expect(svg).toContain("loss, logarithmic");
    const linear = falls(lossChart([log], false));
    expect(linear[0]).toBeGreaterThan(6 * linear[3]);
  });

  it("has a colour and words for each of several logs", () => {
    const svg = lossChart([drawn, { ...drawn, name: "other" }], false);
    for (const words of ["a&lt;b&gt;, training", "other, training", "other, validation"]) {
      expect(svg).toContain(`>${words}<`);
    }
    expect(curves(svg, 0)).toHaveLength(3);
    expect(curves(svg, 1)).toHaveLength(3);
  });

  it("is small for a long run, and can be of one step", () => {
    const long = Array.from({ length: 100_000 }, (_, i) => ({ step: i + 1, loss: 2 + (i % 7) }));
    const thin = curvesOf({ path: "a", steps: long, damaged: 0 }, "a");
    expect(thin.training).toHaveLength(800);
    expect(lossChart([thin], false).length).toBeLessThan(50_000);
    for (const { loss } of thin.training) expect(Math.abs(loss - 5)).toBeLessThan(0.1);
    const one = curvesOf({ path: "a", steps: [{ step: 1, loss: 2 }], damaged: 0 }, "a");
    for (const scale of [false, true]) expect(lossChart([one], scale)).not.toMatch(/NaN|Infinity/);
  });
});

it("plot writes the picture, says what is in it, and writes over no log", async () => {
  const cwd = await trained("--log", "run.log");
  mkdirSync(join(cwd, "b"));
  writeFileSync(join(cwd, "b", "run.log"), log(50));
  linkSync(join(cwd, "run.log"), join(cwd, "same.log"));
  const before = bytes(cwd, "run.log");
  const plot = (...args: string[]) => simdream(["plot", ...args], { cwd });
  const both = await plot("run.log", "b/run.log", "--out", "loss.svg");
  expect(both).toMatchObject({ code: 0, stderr: "" });
  expect(both.stdout).toMatch(/^run\.log: training [\d.]+ at step 50, best validation/);
  const svg = readFileSync(join(cwd, "loss.svg"), "utf8");
  expect(svg).toContain(">b/run.log, training<");
  expect((await plot("run.log")).stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const { logs } = json<{ logs: object[] }>(await plot("b/run.log", "--json", "--out", "l.svg"));
  expect(logs).toEqual([
    { log: "b/run.log", step: 50, loss: 3 / Math.sqrt(50), best: { step: 30, loss: 2 } },
  ]);
  for (const out of ["run.log", "same.log", "b/../run.log"]) {
    const refused = await plot("run.log", "--out", out);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("would be lost") });
  }
  expect(bytes(cwd, "run.log")).toBe(before);
  expect(await plot("text.txt", "--out", "x.svg")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("text.txt: no line of it is a step"),
  });
});
