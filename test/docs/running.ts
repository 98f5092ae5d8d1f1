// How a snippet is run: commands by a shell, programs by Node; each as it stands on its page, but for the
// fewer steps of shorter.ts, the port of a server, and what is typed into a chat.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Ended, execute } from "../cli/command-line.js";
import { vite } from "../packages/bundlers.js";
import { start, within } from "../runtimes/lib/processes.js";
import { type Block, root } from "./blocks.js";
import { newerNode, type Project } from "./project.js";
import { full, shorterCommand, shorterProgram } from "./shorter.js";

const LIMIT = 60_000;
const address = /http:\/\/[\w.]+:\d+\/v1/;

/** A place to run in: a page's folder in the project. */
export interface Place {
  readonly project: Project;
  readonly folder: string;
}

/** Runs a command to its end; it must succeed, and say something. */
export async function runCommand(command: string, place: Place): Promise<void> {
  if (/\bsimdream serve\b/.test(command)) return await serving(command, place, askedForModels);
  const input = / chat /.test(command) ? "How are you?\n" : "";
  const ended = await shell(shorterCommand(command), place, input);
  succeeded(ended);
  expect(ended.stdout + ended.stderr).toMatch(/\S/);
}

/** Starts a server on any port, uses it, and stops it as Ctrl-C would. */
async function serving(
  command: string,
  { project, folder }: Place,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const env = { PATH: project.path };
  const server = start("bash", ["-c", `exec env ${command} --port 0`], {
    cwd: folder,
    env,
  } as object);
  try {
    const [url] = await within(LIMIT, server.said(address));
    await use(url.replace("0.0.0.0", "127.0.0.1"));
  } finally {
    await server.stop();
  }
  expect(await server.ended).toMatchObject({ code: 0 });
}

async function askedForModels(url: string): Promise<void> {
  const headers = { Authorization: "Bearer secret" };
  const answer = await fetch(`${url}/models`, { headers });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ data: [{ owned_by: "simdream" }] });
}

/** Runs a program to its end; it must succeed, and print where it says that it prints. */
export async function runProgram(block: Block, place: Place): Promise<void> {
  const { page, line, code } = block;
  const file = `line-${line}.mjs`;
  writeFileSync(join(place.folder, file), shorterProgram(code));
  if (code.includes("simdream/worker-script")) return await bundle(file, place);
  if (code.includes("http://127.0.0.1:8080")) return await runClient(block, file, place);
  const printed = await runNode(code, asked(block, file, place), place);
  const prints = /console\.log|process\.stdout\.write|export default|createHandler/;
  if (prints.test(code)) expect(printed).toMatch(/\S/);
  // The page shows what its first lines give.
  if (full && code.includes("今天的天气")) {
    expect(readFileSync(join(root, page), "utf8")).toContain(printed.split("\n")[0]);
  }
}

/** What a program prints. Where no engine is new enough for `simdream/fast`, it must say so. */
async function runNode(code: string, file: string, { folder }: Place): Promise<string> {
  const fast = code.includes("simdream/fast");
  const node = (fast && newerNode) || process.execPath;
  const ended = await execute(node, [file], { cwd: folder, env: { API_KEY: "secret" } });
  const old = Number.parseInt(process.versions.node, 10) < 22;
  if (fast && old && !newerNode) {
    expect(ended.stderr).toContain("Node 22");
    return ended.stderr;
  }
  succeeded(ended);
  return ended.stdout;
}

/** A handler that a program makes is asked for its models: by lines after its own, or by one that imports it. */
function asked({ code }: Block, file: string, { folder }: Place): string {
  const [, name] = /const (handler|fetch) = createHandler/.exec(code) ?? [];
  if (!name && !code.includes("export default")) return file;
  const handler = name ?? "program.default.fetch";
  const lines = [
    ...(name ? [shorterProgram(code)] : [`import * as program from "./${file}";`]),
    `const headers = { Authorization: "Bearer secret" };`,
    `const asked = new Request("http://localhost/v1/models", { headers });`,
    `const answered = await ${handler}(asked);`,
    "console.log(answered.status, await answered.text());",
    "if (!answered.ok) process.exitCode = 1;",
  ];
  writeFileSync(join(folder, `asked-${file}`), lines.join("\n"));
  return `asked-${file}`;
}

/** A program for a page, which a bundler makes of it; the worker's script must be found. */
async function bundle(file: string, { folder }: Place): Promise<void> {
  writeFileSync(join(folder, "index.html"), `<script type="module" src="${file}"></script>`);
  const args = [vite(), "build", "--outDir=out"];
  succeeded(await execute(process.execPath, args, { cwd: folder }));
  const files = readdirSync(join(folder, "out", "assets"));
  expect(files).toContainEqual(expect.stringMatching(/^worker-script.*\.js$/));
}

/** A client's program has a server to ask, of the model that it names. */
async function runClient({ code }: Block, file: string, place: Place): Promise<void> {
  const [, model] = /model: "(\w+)"/.exec(code)!;
  const command = `SIMDREAM_API_KEY=secret npx simdream serve ${model}.safetensors`;
  await serving(command, place, async (url) => {
    writeFileSync(join(place.folder, file), code.replace("http://127.0.0.1:8080/v1", url));
    const ended = await execute(process.execPath, [file], { cwd: place.folder });
    succeeded(ended);
    expect(ended.stdout).toMatch(/\S/);
  });
}

/** Runs a line as a shell reads it. */
export async function shell(
  command: string,
  { project, folder }: Place,
  input = "",
): Promise<Ended> {
  return await execute("bash", ["-c", command], {
    cwd: folder,
    input,
    env: { PATH: project.path },
  });
}

export function succeeded({ code, stderr }: Ended): void {
  expect(code, stderr.slice(-2000)).toBe(0);
}
