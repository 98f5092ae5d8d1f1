// Files are replaced whole: mode and owner stay, links are followed, and nothing is left in the folder.

import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkWritable, writeWhole } from "../../src/cli/io/atomic.js";
import { temporaryName } from "../../src/cli/io/temporary.js";

const root = process.getuid?.() === 0;
const windows = process.platform === "win32";
const content = Uint8Array.of(1, 2, 3);
let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "simdream-atomic-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

describe.skipIf(windows)("a file that is replaced", () => {
  it.each([0o600, 0o640, 0o664, 0o444])("keeps its mode, %o", (bits) => {
    const path = join(cwd, "m");
    writeFileSync(path, "old");
    chmodSync(path, bits);
    writeWhole(path, content);
    expect(mode(path)).toBe(bits);
    expect(new Uint8Array(readFileSync(path))).toEqual(content);
  });

  it.skipIf(!root)("keeps its owner", () => {
    const path = join(cwd, "m");
    writeFileSync(path, "old");
    chownSync(path, 1234, 5678);
    writeWhole(path, content);
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 5678 });
  });

  it("is as open as all new files where there was none", () => {
    writeFileSync(join(cwd, "plain"), "");
    writeWhole(join(cwd, "m"), content);
    expect(mode(join(cwd, "m"))).toBe(mode(join(cwd, "plain")));
  });

  it("is written through links, also where they lead to nothing yet", () => {
    mkdirSync(join(cwd, "sub"));
    writeFileSync(join(cwd, "sub", "real"), "old");
    symlinkSync(join("sub", "real"), join(cwd, "link"));
    symlinkSync("link", join(cwd, "link-of-link"));
    symlinkSync(join("sub", "new"), join(cwd, "dangling"));
    for (const name of ["link-of-link", "dangling"]) {
      checkWritable(join(cwd, name));
      writeWhole(join(cwd, name), content);
      expect(lstatSync(join(cwd, name)).isSymbolicLink()).toBe(true);
    }
    for (const name of ["real", "new"]) {
      expect(new Uint8Array(readFileSync(join(cwd, "sub", name)))).toEqual(content);
      expect(lstatSync(join(cwd, "sub", name)).isFile()).toBe(true);
    }
    expect(readdirSync(join(cwd, "sub")).sort()).toEqual(["new", "real"]);
  });

  it("is not one where links go in a circle", () => {
    symlinkSync("a", join(cwd, "b"));
    symlinkSync("b", join(cwd, "a"));
    expect(() => checkWritable(join(cwd, "a"))).toThrow("cannot write");
  });
});

describe("temporary files", () => {
  it("have names that cannot be foreseen, in the same folder", () => {
    const names = new Set(Array.from({ length: 100 }, () => temporaryName(cwd)));
    expect(names.size).toBe(100);
    for (const name of names) expect(name.startsWith(join(cwd, "."))).toBe(true);
  });

  it("are short enough for any name that a file may have", () => {
    const path = join(cwd, "n".repeat(255));
    checkWritable(path);
    writeWhole(path, content);
    expect(readdirSync(cwd)).toEqual(["n".repeat(255)]);
  });

  it("of runs that are no more are removed, and only those", () => {
    const [mine, alive] = [temporaryName(cwd), basename(temporaryName(cwd))];
    const named = (pid: number, place?: string) => {
      const [, , host] = alive.split("-");
      const name = `.simdream-${place ?? alive.slice(10, 18)}-${pid}-0123456789abcdef.tmp`;
      expect(host).toBe(String(process.pid));
      writeFileSync(join(cwd, name), "");
      return name;
    };
    const dead = named(99_999_999);
    const reused = named(process.pid);
    const others = named(process.ppid);
    const elsewhere = named(99_999_999, "00000000");
    const forgotten = named(99_999_998, "00000000");
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(cwd, forgotten), longAgo, longAgo);
    writeFileSync(mine, "");
    writeFileSync(join(cwd, ".simdream-notes.tmp"), "");
    checkWritable(join(cwd, "m"));
    const left = readdirSync(cwd);
    expect(left.sort()).toEqual([".simdream-notes.tmp", basename(mine), elsewhere, others].sort());
    for (const gone of [dead, reused, forgotten]) expect(left).not.toContain(gone);
  });

  it("do not stay where writing fails", () => {
    mkdirSync(join(cwd, "m"));
    writeFileSync(join(cwd, "m", "inside"), "");
    expect(() => writeWhole(join(cwd, "m"), content)).toThrow("cannot write");
    expect(readdirSync(cwd)).toEqual(["m"]);
    expect(existsSync(join(cwd, "m", "inside"))).toBe(true);
  });
});
