// The package as its users have it: packed, and installed in an empty project, once for all platforms.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { here, root } from "./platform.js";
import { run } from "./processes.js";

const limit = 300_000;

/** @returns the project's folder, with the suite in it; and `remove` */
export async function installedProject() {
  const folder = mkdtempSync(join(tmpdir(), "simdream-project-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    // The build is as `npm test` left it; packing must not build it again under running tests.
    const packing = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const [{ filename }] = JSON.parse(await npm(packing, root));
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({
        private: true,
        type: "module",
        dependencies: { simdream: `file:${filename}` },
      }),
    );
    await npm(["install", "--offline", "--no-audit", "--no-fund", "--no-package-lock"], folder);
    cpSync(join(here, "conformance.js"), join(folder, "conformance.js"));
    cpSync(join(here, "programs"), join(folder, "programs"), { recursive: true });
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function npm(args, cwd) {
  // npm tells the scripts that it runs where it is; alone, it is found by its name.
  const script = process.env.npm_execpath;
  const options = { cwd, limit };
  return script?.endsWith("npm-cli.js")
    ? run(process.execPath, [script, ...args], options)
    : run("npm", args, options);
}
