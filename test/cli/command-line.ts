// Runs the built command line as users do, each test in a folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";
import { decode } from "../../src/formats/png/decode.js";

export const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build first`);

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  /** Gets the running process, to send it signals. */
  readonly during?: (child: ChildProcess) => void;
}

/** Runs `simdream …args`. */
export function simdream(args: readonly string[], options: RunOptions): Promise<Ended> {
  return execute(process.execPath, [cli, ...args], options);
}

/** Runs any program; standard input is closed where none is given. */
export function execute(
  program: string,
  args: readonly string[],
  { cwd, input, env, during }: RunOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    during?.(child);
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with a small text, some names, and nothing else. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "simdream-cli-"));
  folders.push(path);
  writeFileSync(join(path, "text.txt"), text);
  writeFileSync(join(path, "names.txt"), names.join("\n"));
  return path;
}

const sentences = [
  "the quick brown fox jumps over the lazy dog",
  "a small model learns a small text",
  "what is learnt once is kept for good",
  "the same seed gives the same bits",
];

/** 6000 characters that are not all alike, in paragraphs: one text. */
export const text: string = Array.from(
  { length: 200 },
  (_, i) => `${i}: ${sentences[(i * i) % 4]}.\n${i % 10 === 9 ? "\n" : ""}`,
)
  .join("")
  .slice(0, 6000);

const syllables = ["an", "be", "co", "da", "el", "fi", "go"];
/** 49 names, a document each. */
export const names: readonly string[] = syllables.flatMap((a) => syllables.map((b) => a + b));

/** Options of a model that trains in a moment. */
export const tiny: readonly string[] = [
  ...["--embed", "8", "--hidden", "16", "--batch", "4", "--seq-len", "16", "--steps", "50"],
];

/** A trained tiny model in a folder of its own. */
export async function trained(...options: string[]): Promise<string> {
  const cwd = folder();
  const ended = await simdream(
    ["train", "text.txt", "--out", "m.safetensors", ...tiny, "--quiet", ...options],
    { cwd },
  );
  if (ended.code !== 0) throw new Error(`training failed: ${ended.stderr}`);
  return cwd;
}

/**
 * Short ways to run the program in one folder, with a cache of its own there.
 * @param cwd the folder, which tests make before they run anything
 */
export function inFolder(cwd: () => string) {
  /** Words of a command line; a text may hold several. */
  const run = (...args: string[]) =>
    simdream(
      args.flatMap((one) => one.split(" ")),
      { cwd: cwd(), env: { XDG_CACHE_HOME: join(cwd(), "cache") } },
    );
  return {
    run,
    /** What the program says as JSON; it complains of nothing. */
    async json(...args: string[]): Promise<Record<string, unknown>> {
      const ended = await run(...args, "--json");
      expect(ended.stderr).toBe("");
      return JSON.parse(ended.stdout);
    },
    /** It ends well, and complains of nothing. */
    async done(...args: string[]): Promise<Ended> {
      const ended = await run(...args);
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      return ended;
    },
    /** It ends with this code, says this on standard error, and nothing else. */
    async refused(code: number, message: string | RegExp, ...args: string[]): Promise<Ended> {
      const ended = await run(...args);
      expect(ended.stderr).toMatch(message);
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
      return ended;
    },
    /** A PNG file that it wrote. */
    picture: (name: string) => decode(name, readFileSync(join(cwd(), name))),
  };
}

/** The one JSON object that the program printed. */
export function json<T = Record<string, never>>(ended: Ended): T {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}

export function bytes(...path: string[]): string {
  return readFileSync(join(...path)).toString("base64");
}
