// Disks that are full, and logs that are none: a run is worth more than its log and its checkpoints.

import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Failure } from "../../src/cli/errors.js";
import { writeWhole } from "../../src/cli/io/atomic.js";
import type { AnyModel } from "../../src/cli/kinds/model.js";
import { Checkpoints } from "../../src/cli/run/checkpoints.js";
import { RunLog, type Write } from "../../src/cli/run/run-log.js";
import type { StepReport } from "../../src/entries/index.js";
import { cli, execute, folder, simdream, tiny, trained } from "./command-line.js";

const full = () => Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC" });
const step = (n: number) => ({ step: n, steps: 9, loss: 1 / n }) as StepReport;

/** A disk of so many bytes; each call of `grow` gives it more. */
class Disk {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  grow(bytes: number): void {
    this.#left += bytes;
  }

  readonly write = ((file: number, bytes: Buffer, offset: number, length: number, at: number) => {
    if (this.#left === 0) throw full();
    const part = Math.min(length, this.#left);
    this.#left -= part;
    return writeSync(file, bytes, offset, part, at);
  }) as Write;
}

let cwd = "";
let said = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "simdream-disk-"));
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true, force: true });
});

describe("a log", () => {
  const logged = () =>
    readFileSync(join(cwd, "log"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as StepReport).step);

  it("has every step where there is space", () => {
    const log = new RunLog(join(cwd, "log"), 0);
    for (let n = 1; n <= 9; n++) log.write(step(n));
    expect(log.close()).toBeUndefined();
    expect(logged()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("keeps whole lines on a full disk, and tells how many are missing", () => {
    const line = JSON.stringify(step(1)).length + 1;
    const log = new RunLog(join(cwd, "log"), 0, new Disk(2 * line + 10).write);
    for (let n = 1; n <= 5; n++) log.write(step(n));
    const missing = log.close();
    expect(missing).toMatch(/log lacks 3 steps: no space left on the device$/);
    expect(logged()).toEqual([1, 2]);
  });

  it("is complete where there is space again", () => {
    const disk = new Disk(50);
    const log = new RunLog(join(cwd, "log"), 0, disk.write);
    for (let n = 1; n <= 4; n++) log.write(step(n));
    disk.grow(10_000);
    log.write(step(5));
    expect(log.close()).toBeUndefined();
    expect(logged()).toEqual([1, 2, 3, 4, 5]);
  });

  it("of a resumed run keeps the lines up to its step", () => {
    const first = new RunLog(join(cwd, "log"), 0);
    for (let n = 1; n <= 5; n++) first.write(step(n));
    first.close();
    writeFileSync(join(cwd, "log"), '{"step":6,"ste', { flag: "a" });
    const second = new RunLog(join(cwd, "log"), 3);
    second.write(step(4));
    expect(second.close()).toBeUndefined();
    expect(logged()).toEqual([1, 2, 3, 4]);
  });

  it.each(["\r\n", "\r"])("may have had other line ends since: %j", (end) => {
    const first = new RunLog(join(cwd, "log"), 0);
    for (let n = 1; n <= 5; n++) first.write(step(n));
    first.close();
    writeFileSync(join(cwd, "log"), readFileSync(join(cwd, "log"), "utf8").replaceAll("\n", end));
    const second = new RunLog(join(cwd, "log"), 3);
    expect(second.close()).toBeUndefined();
    const lines = readFileSync(join(cwd, "log"), "utf8").split(end);
    expect(lines.slice(0, -1).map((line) => JSON.parse(line).step)).toEqual([1, 2, 3]);
    expect(lines.at(-1)).toBe("");
  });

  it("is begun again by a new run, but no other file is", () => {
    const first = new RunLog(join(cwd, "log"), 0);
    first.write(step(1));
    first.close();
    new RunLog(join(cwd, "log"), 0).close();
    expect(logged()).toEqual([]);
    const line = `${JSON.stringify(step(1))}\n`;
    for (const content of [
      ...["notes\n", '{"step":1}\n', '{"a":1}\n', "\n"],
      ...[`${line}notes\n`, `${line}notes`, `${line}\n${line}`, `${line}{"step":2}\n${line}`],
    ]) {
      writeFileSync(join(cwd, "log"), content);
      for (const at of [0, 3]) expect(() => new RunLog(join(cwd, "log"), at)).toThrow("not a log");
      expect(readFileSync(join(cwd, "log"), "utf8")).toBe(content);
    }
  });
});

describe("checkpoints", () => {
  const model = (at: { step: number }) =>
    ({ save: () => new Uint8Array(8), run: at }) as unknown as AnyModel;

  it("that cannot be written are said once, and tried again", () => {
    vi.stubEnv("TMPDIR", cwd);
    const at = { step: 0 };
    let fails = false;
    let rescue = false;
    const written: number[] = [];
    const file = new Checkpoints(model(at), "m", (path) => {
      const elsewhere = path !== "m";
      if (fails && !(elsewhere && rescue))
        throw new Failure("cannot write m: no space left on the device");
      written.push(elsewhere ? -at.step : at.step);
    });
    file.begin();
    for (const [n, failing] of [false, true, true, false, true].entries()) {
      at.step = n + 1;
      fails = failing;
      file.keep();
    }
    expect(written).toEqual([0, 1, 4]);
    expect(said.split("\n")).toEqual([
      expect.stringContaining("no space left on the device; the run continues"),
      "simdream: m is written again",
      expect.stringContaining("no space left on the device; the run continues"),
      "",
    ]);
    expect(() => file.end(false)).toThrow(/no space left on the device; m has that of step 4$/);
    rescue = true;
    expect(() => file.end(false)).toThrow(
      /The model is in \S+simdream-\S+m; m has that of step 4$/,
    );
    fails = false;
    file.end(false);
    expect(written).toEqual([0, 1, 4, -5, 5]);
  });

  it("say once that another program writes their file", () => {
    const path = join(cwd, "m");
    const write = (text: string) => writeWhole(path, new TextEncoder().encode(text));
    const file = new Checkpoints(model({ step: 1 }), path, () => write("ours"));
    file.begin();
    file.keep();
    rmSync(path);
    file.keep();
    expect(said).toBe("");
    for (let i = 0; i < 2; i++) {
      write("theirs");
      file.keep();
    }
    file.end(false);
    expect(said).toBe(
      `simdream: ${path} is written by another program, too: only what is written last stays\n`,
    );
    expect(readFileSync(path, "utf8")).toBe("ours");
  });

  it("do not hide other faults", () => {
    const file = new Checkpoints(model({ step: 1 }), "m", () => {
      throw new RangeError("a fault");
    });
    expect(() => file.keep()).toThrow(RangeError);
  });
});

describe.skipIf(process.platform === "win32")("on the command line", () => {
  const args = (log: string) => [
    "train",
    "text.txt",
    ...tiny,
    "--quiet",
    "--out",
    "m",
    "--log",
    log,
  ];

  it("a pipe, a device or a folder is no log", async () => {
    const own = folder();
    await execute("mkfifo", ["pipe"], { cwd: own });
    for (const log of ["pipe", "/dev/null", "."]) {
      expect(await simdream(args(log), { cwd: own })).toMatchObject({
        code: 1,
        stderr: `simdream: cannot write the log ${log}: it is not a file\n`,
      });
    }
  });

  it.skipIf(process.platform !== "linux")("a full disk does not end a run", async () => {
    const own = folder();
    // /dev/full is always full, but it is a device: a limit on the size of files stands for the disk.
    const limited = `ulimit -f 200; exec "$0" "$@"`;
    const many = [...args("log"), "--steps", "800", "--checkpoint-every", "1000"];
    const ended = await execute("sh", ["-c", limited, process.execPath, cli, ...many], {
      cwd: own,
    });
    expect(ended.stderr).toMatch(
      /^simdream: the log log lacks \d+ steps: larger than a file may be/,
    );
    expect(ended.code).toBe(1);
    const inspected = await simdream(["inspect", "m"], { cwd: own });
    expect(inspected.stdout).toContain("800 steps");
  });

  it("a log of a run is kept by the next checkpoint's file", async () => {
    const own = await trained("--log", "log");
    expect(readFileSync(join(own, "log"), "utf8").trimEnd().split("\n")).toHaveLength(50);
  });
});
