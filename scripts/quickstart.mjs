// npm start: from a fresh clone to a model that speaks, in one command.
import { prepare, run } from "./prepare.mjs";

prepare();
run(process.execPath, "dist/cli.js", "demo", ...process.argv.slice(2));
