// A short form of test/tasks/cluster/chaos.mjs: everything fails, and the bits are those of a quiet run.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { hasServer } from "./server.js";

const task = fileURLToPath(new URL("../tasks/cluster/chaos.mjs", import.meta.url));

describe.skipIf(!hasServer)("chaos", () => {
  it("ends with the bits of a quiet run", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [task, "2", "5"]);
    const totals = JSON.parse(stdout.trim().split("\n").pop()!);
    expect(totals).toMatchObject({ runs: 2, quiet: 2 });
  });
});
