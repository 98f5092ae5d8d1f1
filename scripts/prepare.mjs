// What must be there before anything runs: the packages, and a build of the sources as they are now.
// Nothing but Node itself is needed, because on a fresh clone nothing else is there.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const path = (...parts) => join(root, ...parts);

const sources = [
  "assembly",
  "src",
  "asconfig.json",
  "asconfig.pictures.json",
  "asconfig.quantized.json",
  "package.json",
  "tsconfig.json",
];
const builders = ["build", "build-kernels", "byte-text", "notices", "pair-products"].map(
  (name) => `scripts/${name}.mjs`,
);
const products = [
  "dist/index.js",
  "dist/node.js",
  "dist/corpus.js",
  "dist/serve.js",
  "dist/worker.js",
  "dist/cli.js",
  "build/debug.wasm",
  "build/pictures-debug.wasm",
  "build/quantized-debug.wasm",
];

/**
 * Installs and builds where needed; ends the program where that fails. The type declarations are
 * built only for who needs them, because their compiler is large.
 */
export function prepare({ types = false } = {}) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) stop(`Node 20 or newer is needed, this is ${process.versions.node}`);
  install(".");
  const wanted = types ? [...products, "dist/types/entries/index.d.ts"] : products;
  const built = Math.min(...wanted.map(time));
  if (built < Math.max(...builders.map(time), ...sources.map(newest))) {
    say("building");
    run(process.execPath, path("scripts", "build.mjs"), ...(types ? [] : ["--no-types"]));
  }
}

/**
 * Installs the packages of a folder of the repository, where its lock file is newer than they are.
 * @returns whether they are there; where they are `required`, a failure ends the program
 */
export function install(folder, { required = true } = {}) {
  // npm writes the inner file at the end of an installation.
  const installed = time(join(folder, "node_modules", ".package-lock.json"));
  if (installed >= time(join(folder, "package-lock.json"))) return true;
  say(folder === "." ? "installing packages" : `installing packages of ${folder}`);
  const done = npm("ci", "--prefix", path(folder)) === 0;
  if (!done && required) stop("the packages cannot be installed");
  return done;
}

/** Runs a program in the repository's folder; where it fails, this one ends the same way. */
export function run(program, ...args) {
  runIn(".", program, ...args);
}

/** The same in a folder of the repository. */
export function runIn(folder, program, ...args) {
  const status = call(program, args, { cwd: path(folder) });
  if (status !== 0) process.exit(status);
}

/** Runs an installed tool; what it says is shown only where it fails, which ends this program. */
export function tool(file, ...args) {
  const run = spawnSync(process.execPath, [path(file), ...args], { cwd: root, encoding: "utf8" });
  if (run.status === 0) return;
  process.stderr.write(run.stdout + run.stderr);
  process.exit(1);
}

function npm(command, ...options) {
  const args = [command, "--no-audit", "--no-fund", ...options];
  // npm tells the scripts that it runs where it is; alone, it is found by its name.
  const script = process.env.npm_execpath;
  if (script?.endsWith("npm-cli.js")) return call(process.execPath, [script, ...args]);
  return call("npm", args, { shell: process.platform === "win32" });
}

/** The exit code of a program that shows its own output. */
function call(program, args, options) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    ...options,
  });
  if (error) stop(`cannot run ${program}: ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  return status ?? 1;
}

/** Time of the last change in milliseconds; 0 where there is nothing. */
function time(file) {
  return existsSync(path(file)) ? statSync(path(file)).mtimeMs : 0;
}

/** The newest time in a folder, without what the build itself writes. */
function newest(file) {
  if (file === "src/host/generated" || !existsSync(path(file))) return 0;
  if (!statSync(path(file)).isDirectory()) return time(file);
  return Math.max(0, ...readdirSync(path(file)).map((name) => newest(`${file}/${name}`)));
}

function say(text) {
  process.stderr.write(`simdream: ${text} …\n`);
}

function stop(text) {
  process.stderr.write(`simdream: ${text}\n`);
  process.exit(1);
}
