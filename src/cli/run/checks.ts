// What a model may fail: a score that is too large, a text that it writes, a command of the user's.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, UsageError } from "../errors.js";
import type { Kind } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { measure } from "./differences.js";
import { dataOf } from "./other-data.js";

/** Options of a check. */
export interface CheckFlags {
  readonly lossAbove?: number;
  readonly on?: string;
  readonly contains?: string;
  readonly prompt?: string;
  readonly maxTokens?: number;
  readonly command?: string;
}

/** What a check found. */
export interface Checked {
  readonly fails: boolean;
  /** For people and programs: a number, a text, an exit code. */
  readonly found: number | string;
}

/** Tells whether a model's file fails. */
export type Check = (bytes: Uint8Array) => Promise<Checked>;

/** Something whose files are checked. */
export interface Checkable {
  readonly path: string;
  readonly kind: Kind;
  /** The model of a file; of an adapter's, a model with it. */
  load(bytes: Uint8Array): Promise<AnyModel>;
}

/**
 * @param paths what a score is measured on, where nothing else is said
 * @param folder for files that the command is given
 * @throws UsageError unless there is exactly one check
 */
export function checkOf(
  subject: Checkable,
  paths: readonly string[],
  flags: CheckFlags,
  folder: string,
): Check {
  const { lossAbove, contains, command } = flags;
  const given = [lossAbove, contains, command].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      `bisect needs one check: --loss-above, --contains or --command; got ${given.length === 0 ? "none" : given.length}`,
    );
  }
  if (contains === undefined && flags.prompt !== undefined)
    throw new UsageError("--prompt is for --contains");
  if (lossAbove === undefined && flags.on !== undefined)
    throw new UsageError("--on is for --loss-above");
  if (lossAbove !== undefined) {
    return loss(subject, flags.on === undefined ? paths : [flags.on], lossAbove, flags);
  }
  if (contains !== undefined) return text(subject, contains, flags);
  return ofCommand(command!, folder);
}

function loss(
  { path, kind, load }: Checkable,
  paths: readonly string[],
  most: number,
  flags: CheckFlags,
): Check {
  if (paths.length === 0)
    throw new UsageError("--loss-above needs data: give --on, what the score is measured on");
  const { lossAbove: _, on: _o, ...now } = flags as Readonly<Record<string, unknown>>;
  let data: unknown;
  return async (bytes) => {
    const model = await load(bytes);
    data ??= await dataOf(kind, path, model, paths, now);
    const found = measure(model, data);
    if (!found) throw new Failure(`${path}: there is no score of ${paths.join(", ")}`);
    return { fails: found.value > most, found: found.value };
  };
}

function text(
  { path, kind, load }: Checkable,
  wanted: string,
  { prompt = "", maxTokens = 100 }: CheckFlags,
): Check {
  return async (bytes) => {
    const model = (await load(bytes)) as unknown as {
      generate(options: object): { readonly text?: string };
      readonly tokenizers?: unknown;
    };
    const source = model.tokenizers ? { source: prompt } : { prompt };
    const { text: found } = model.generate({ ...source, greedy: true, maxTokens });
    if (found === undefined)
      throw new UsageError(`--contains is for models of texts, ${path} holds ${kind.title}`);
    return { fails: found.includes(wanted), found };
  };
}

/** Shells say so of what they cannot run. */
const NOT_RUN = [126, 127];

function ofCommand(command: string, folder: string): Check {
  if (!command.includes("{}")) {
    throw new UsageError(
      `--command needs {} where the model's file goes: "node check.mjs {}", got ${JSON.stringify(command)}`,
    );
  }
  return async (bytes) => {
    const file = join(folder, "checked.safetensors");
    writeFileSync(file, bytes);
    const { status, error, stderr } = spawnSync(command.replaceAll("{}", `"${file}"`), {
      shell: true,
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (error || status === null || NOT_RUN.includes(status)) {
      throw new Failure(
        `--command could not be run: ${(error?.message ?? stderr.trim()) || `exit code ${status}`}`,
      );
    }
    return { fails: status !== 0, found: status };
  };
}
