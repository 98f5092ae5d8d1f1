// node scripts/tools.mjs <name> [arguments]: a check of tools/, which are installed when first used.
// They are as large as all that the build needs, so they are not part of a first installation.
import { join } from "node:path";
import { install, prepare, root, runIn } from "./prepare.mjs";

const tools = {
  attw: "@arethetypeswrong/cli/dist/index.js",
  biome: "@biomejs/biome/bin/biome",
  knip: "knip/bin/knip.js",
  publint: "publint/src/cli.js",
  tsc: "typescript/bin/tsc",
};

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(tools, name)) {
  console.error(`expected one of ${Object.keys(tools).join(", ")}, got ${name}`);
  process.exit(1);
}
// What they look at: the generated sources, the package, and the types of the test runner.
prepare({ types: true });
install("tools");
install("test");
runIn(".", process.execPath, join(root, "tools", "node_modules", tools[name]), ...args);
