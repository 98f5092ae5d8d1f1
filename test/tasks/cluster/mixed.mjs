// Every row of the contract (test/models/contract.test.ts) with a cluster as the runner whose workers are programs of Node,
// Deno and Bun and tabs of Chromium: 1, 3 and 8 of them, and the bits of one machine.
//   node test/tasks/cluster/mixed.mjs [1 3 8]     needs nats-server, and a build
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const vitest = join(root, "test", "node_modules", "vitest", "vitest.mjs");
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 3, 8];
const what = ["run", "--config=test/vitest.config.ts", "test/models/contract.test.ts"];

const out = join(tmpdir(), `simdream-mixed-${process.pid}.jsonl`);

for (const count of counts) {
  const child = spawn(
    process.execPath,
    [vitest, ...what, "-t", "on a cluster", "--reporter=json"],
    {
      cwd: root,
      env: { ...process.env, SIMDREAM_MIXED: String(count), SIMDREAM_MIXED_OUT: out },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let said = "";
  for await (const piece of child.stdout) said += piece;
  const lines = said.split("\n");
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(
    lines.find((line) => line.startsWith(`{"numTotal`)),
  );
  console.log(JSON.stringify({ count, rows: passed, failed }));
  // Of the cluster whose workers are mixed, and of the one for models of the test's own.
  console.log(readFileSync(out, "utf8").trim());
  rmSync(out);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}
