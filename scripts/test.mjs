// npm test: installs and builds where needed, runs all tests, and ends with one line of counts. With
// arguments, which go to vitest, only those tests; without, also the conformance suite on all runtimes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install, prepare, root } from "./prepare.mjs";

prepare({ types: true });
install("test");
// Large, and needed by these tests only; what cannot be installed, they report as skipped.
for (const folder of ["test/runtimes", "test/packages"]) {
  if (wanted(folder)) install(folder, { required: false });
}
const folder = mkdtempSync(join(tmpdir(), "simdream-test-"));
const report = join(folder, "report.json");
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "test", "node_modules", "vitest", "vitest.mjs"),
    "run",
    `--config=${join(root, "test", "vitest.config.ts")}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: "inherit" },
);
const everything = process.argv.length === 2;
const parts = [counts(), ...(everything ? [platforms()] : [])];
const [passed, failed] = ["passed", "failed"].map((outcome) =>
  parts.reduce((sum, part) => sum + part[outcome], 0),
);
const skipped = parts.flatMap((part) => part.skipped);
rmSync(folder, { recursive: true, force: true });
// With -t all that is not asked for counts as skipped, too.
const asked = process.argv.some((argument) => /^(-t|--testNamePattern)/.test(argument));
if (!asked) for (const name of skipped) console.log(`skipped: ${name}`);
console.log(
  `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
);
process.exit(status === 0 && failed === 0 ? 0 : 1);

/** Whether tests of this folder run: all do where none is named. */
function wanted(folder) {
  const named = process.argv.slice(2).filter((argument) => argument.startsWith("test"));
  const needing = {
    "test/runtimes": ["test/browser", "test/packages", "test/examples", "test/docs"],
    "test/packages": ["test/docs"],
  };
  const users = [folder, ...(needing[folder] ?? [])];
  return (
    named.length === 0 ||
    named.some((name) => users.some((user) => name.includes(user) || user.includes(name)))
  );
}

/** Tests by outcome; a file that could not even be loaded counts as one that failed. */
function counts() {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    const skipped = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ fullName }) => fullName);
    return { passed: numPassedTests, failed: numFailedTests + broken.length, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
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
    return { passed: 0, failed: 1, skipped: [] };
  }
}
