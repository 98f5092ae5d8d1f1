import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bytes, folder, json, simdream } from "./command-line.js";

// Large enough that a signal meets it at work, small enough for a test.
const run = [
  ...["train", "text.txt", "--out", "m.safetensors", "--embed", "16", "--hidden", "64"],
  ...["--batch", "16", "--seq-len", "32", "--dropout", "0.2", "--steps", "50"],
];
const resume = ["train", "text.txt", "--resume", "m.safetensors"];

/** Sends a signal when the run has got to its first line of progress. */
function onceBegun(signal: NodeJS.Signals, wait = 0) {
  return (child: ChildProcess) => {
    let seen = "";
    child.stdout!.on("data", (chunk: string) => {
      if (!seen.includes("step ") && `${seen}${chunk}`.includes("step ")) {
        setTimeout(() => child.kill(signal), wait);
      }
      seen += chunk;
    });
  };
}

let whole: { fingerprint: string; loss: number };
let wholeFile: string;
beforeAll(async () => {
  const cwd = folder();
  whole = json(await simdream([...run, "--json"], { cwd }));
  wholeFile = bytes(cwd, "m.safetensors");
});

describe("an interrupted run", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`saves at ${signal}, exits 130, and goes on to the same bits`, async () => {
      const cwd = folder();
      const log = ["--log", "run.jsonl"];
      const ended = await simdream([...run, ...log], { cwd, during: onceBegun(signal) });
      expect(ended).toMatchObject({ code: 130, stderr: "" });
      expect(ended.stdout).toMatch(/stopped after step \d+; the run is in m\.safetensors/);
      expect(ended.stdout).toContain("simdream train text.txt --resume m.safetensors");
      const inspected = json(await simdream(["inspect", "m.safetensors", "--json"], { cwd }));
      expect(inspected).toMatchObject({ run: { finished: null, options: { steps: 50 } } });
      const { fingerprint, loss } = whole;
      expect(json(await simdream([...resume, ...log, "--json"], { cwd }))).toMatchObject({
        steps: 50,
        fingerprint,
        loss,
      });
      expect(bytes(cwd, "m.safetensors")).toBe(wholeFile);
      const lines = readFileSync(join(cwd, "run.jsonl"), "utf8").trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).step)).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    });
  }

  it("ends at once at the second Ctrl-C", async () => {
    const cwd = folder();
    const during = (child: ChildProcess) => {
      onceBegun("SIGINT")(child);
      onceBegun("SIGINT", 80)(child);
    };
    const { code, signal } = await simdream(run, { cwd, during });
    // Where the first one has done its work already, the second may meet a process without its handlers,
    // on its way out; a shell says 130 of that end as well.
    expect(signal === "SIGINT" ? 130 : code).toBe(130);
  });

  it("survives kill -9 at any moment", async () => {
    const cwd = folder();
    const log = ["--log", "run.jsonl"];
    let kills = 0;
    for (const wait of [0, 30, 90, 200, 350]) {
      const args = existsSync(join(cwd, "m.safetensors")) ? resume : run;
      const during = (child: ChildProcess) => {
        // From the moment the file is there, or has been taken over.
        const timer = setInterval(() => {
          if (!existsSync(join(cwd, "m.safetensors"))) return;
          clearInterval(timer);
          setTimeout(() => child.kill("SIGKILL"), wait + (args === resume ? 250 : 0));
        }, 1);
        child.on("close", () => clearInterval(timer));
      };
      const { signal } = await simdream([...args, ...log, "--quiet"], { cwd, during });
      if (signal === "SIGKILL") kills++;
      const { run: state } = json(await simdream(["inspect", "m.safetensors", "--json"], { cwd }));
      if (state === null) break; // it was faster
    }
    expect(kills).toBeGreaterThan(0);
    const ended = json(await simdream([...resume, ...log, "--json"], { cwd }));
    expect(ended).toMatchObject({ fingerprint: whole.fingerprint, loss: whole.loss });
    expect(bytes(cwd, "m.safetensors")).toBe(wholeFile);
  });

  it("goes on with documents, lines or files, without being told", async () => {
    for (const mode of ["lines", "files"]) {
      const cwd = folder();
      const names = Array.from({ length: 4 }, (_, i) => `d${i}.txt`);
      for (const name of names) writeFileSync(join(cwd, name), `${name}\nof ${mode}\n`);
      const size = ["--hidden", "16", "--embed", "8", "--steps", "20", "--val", "0.25"];
      const begin = ["train", ...names, "--documents", mode, ...size, "--json"];
      const { fingerprint } = json(await simdream([...begin, "--out", "a.safetensors"], { cwd }));
      // A file of step 10 of 20: half of the run, kept with its state, then extended.
      const half = ["--steps", "10", "--eval-every", "2", "--keep-state", "--out", "b.safetensors"];
      await simdream([...begin, ...half], { cwd });
      const rest = ["train", ...names, "--resume", "b.safetensors", "--steps", "20", "--json"];
      expect(json(await simdream(rest, { cwd })).fingerprint).toBe(fingerprint);
    }
  });
});

describe("a finished run", () => {
  it("is left as it is, and copied where --out says so", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "m.safetensors"), Buffer.from(wholeFile, "base64"));
    const again = await simdream([...resume, "--json", "--out", "copy.safetensors"], { cwd });
    expect(json(again)).toMatchObject({ steps: 50, fingerprint: whole.fingerprint });
    expect(Object.keys(json(again))).toHaveLength(7);
    expect(bytes(cwd, "copy.safetensors")).toBe(wholeFile);
    const said = await simdream([...resume, "--steps", "50"], { cwd });
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing left to do") });
    expect(bytes(cwd, "m.safetensors")).toBe(wholeFile);
  });

  it("cannot be extended without its state, and says so", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "m.safetensors"), Buffer.from(wholeFile, "base64"));
    const { code, stderr } = await simdream([...resume, "--steps", "60"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("--keep-state");
    expect(readdirSync(cwd)).toHaveLength(3);
  });

  it("can be extended with its state, to the bits of a longer run", async () => {
    const cwd = folder();
    const kept = await simdream([...run, "--steps", "30", "--eval-every", "5", "--keep-state"], {
      cwd,
    });
    expect(kept.code).toBe(0);
    const ended = json(await simdream([...resume, "--steps", "50", "--json"], { cwd }));
    expect(ended).toMatchObject({ steps: 50, fingerprint: whole.fingerprint });
  });
});

describe("--resume refuses", () => {
  it("what cannot change, and other data", async () => {
    const cwd = folder();
    await simdream([...run, "--steps", "5", "--keep-state"], { cwd });
    const refused: [string[], number, RegExp][] = [
      [["--hidden", "32"], 2, /--hidden 32 contradicts m\.safetensors.*64/],
      [["--batch", "8"], 2, /--batch 8 contradicts/],
      [["--seq-len", "8"], 2, /--seq-len 8 contradicts/],
      [["--tokenizer", "byte"], 2, /--tokenizer byte contradicts/],
      [["--documents", "lines"], 2, /--documents lines contradicts/],
      [["--optimizer", "sgd"], 2, /--optimizer sgd contradicts/],
      [["--seed", "3"], 2, /--seed 3 contradicts/],
    ];
    for (const [options, code, message] of refused) {
      const ended = await simdream([...resume, "--steps", "9", ...options], { cwd });
      expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) });
    }
    writeFileSync(join(cwd, "text.txt"), readFileSync(join(cwd, "text.txt"), "utf8").slice(9));
    const other = await simdream([...resume, "--steps", "9"], { cwd });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("other data") });
  });

  it("accepts the same command again, and another learning rate", async () => {
    const cwd = folder();
    await simdream([...run, "--steps", "5", "--keep-state"], { cwd });
    const again = [...run, "--resume", "m.safetensors", "--steps", "9", "--lr", "1e-3", "--json"];
    expect(json(await simdream(again, { cwd })).steps).toBe(9);
  });
});
