// Chromium out of the package that carries it, compressed; unpacked once, beside the packages.

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { carried, carriedVersion, here } from "./platform.js";
import { run } from "./processes.js";

const name = "@sparticuz/chromium";

/**
 * @returns the `program`, and the `libraries` that come with it, for a system that lacks them
 * @throws Unavailable where the package is not there
 */
export async function unpackedChromium() {
  carried(name);
  const cache = join(here, "node_modules", ".cache");
  const folder = join(cache, `chromium-${carriedVersion(name)}`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    // Unpacked under another name first: what has the right one is whole.
    const part = mkdtempSync(join(cache, "unpacking-"));
    try {
      await unpack(part);
      renameSync(part, folder);
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      // Another program may have been faster.
      if (!existsSync(folder)) throw error;
    }
  }
  return { program: join(folder, "chromium"), libraries: join(folder, "al2023", "lib") };
}

/** The package unpacks to the folder for temporary files, and the libraries only where it is told so. */
async function unpack(folder) {
  const script = `import chromium from ${JSON.stringify(name)}; await chromium.executablePath();`;
  const env = { TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };
  const args = ["--input-type=module", "--eval", script];
  await run(process.execPath, args, { cwd: here, env, limit: 120_000 });
}
