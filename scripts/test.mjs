// npm test: installs and builds where needed, runs all tests, and ends with one line of counts. With
// arguments, which go to vitest, only those tests; without, also the conformance suite on all runtimes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install, prepare, root } from "./prepare.mjs";

const chosen = process.argv.slice(2);
const everything = chosen.length === 0;
prepare();
// What cannot be had is skipped by name; the rest is tested all the same.
if (everything || chosen.some((part) => part.includes("runtimes"))) {
  install("test/runtimes", { required: false });
}
const folder = mkdtempSync(join(tmpdir(), "simdream-test-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
    ...chosen,
  ],
  { cwd: root, stdio: "inherit" },
);
const parts = [counts(), ...(everything ? [platforms()] : [])];
rmSync(folder, { recursive: true, force: true });
const [passed, failed, skipped] = ["passed", "failed", "skipped"].map((outcome) =>
  parts.reduce((sum, part) => sum + part[outcome], 0),
);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(status === 0 && failed === 0 ? 0 : 1);

/** Tests by outcome; a file that could not even be loaded counts as one that failed. */
function counts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests + broken.length,
      skipped: numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The conformance suite: each platform counts as one test. */
function platforms() {
  const file = join(folder, "platforms.json");
  const suite = join(root, "test", "runtimes", "run.js");
  spawnSync(process.execPath, [suite, "--counts", file], { cwd: root, stdio: "inherit" });
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
