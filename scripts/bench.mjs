// npm run bench: installs what the suite needs, builds, measures. The peers live in bench/ only.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { install, prepare, root } from "./prepare.mjs";

const begun = Date.now();
prepare();
install("bench");
const { status } = spawnSync(
  process.execPath,
  [join(root, "bench", "run.mjs"), ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, SIMDREAM_BENCH_BEGUN: String(begun) } },
);
process.exit(status ?? 1);
