// From any error to what the user reads, and the exit code that scripts read.

import { CommanderError } from "commander";
import {
  GrammarError,
  InvalidInputError,
  OutOfMemoryError,
  SimdreamError,
} from "../entries/node.js";
import { nearName } from "../host/near-names.js";
import { words as otherWords } from "../host/words.js";

/** Exit codes. */
export const FAILURE = 1;
const USAGE = 2;
/** Ended by Ctrl-C, as shells number it. */
export const INTERRUPTED = 130;

/** The command cannot do what was asked: a file, a disk, a model. */
export class Failure extends Error {
  override name = "Failure";
}

/** The command line itself is wrong. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** An error in one line, and the exit code. */
export interface Explanation {
  readonly message: string;
  readonly code: number;
}

/**
 * @param options names of the command's options, in camelCase, as the library writes them
 * @param typed the same as they are typed
 */
export function explain(
  error: unknown,
  options: readonly string[],
  typed: readonly string[],
): Explanation {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError && error.code === "commander.unknownOption") {
    return { message: unknownOption(message, typed), code: USAGE };
  }
  if (error instanceof UsageError || error instanceof CommanderError) {
    return { message, code: USAGE };
  }
  if (error instanceof InvalidInputError) {
    // With `train` it is --from alone that may leave characters out.
    const may = typed.includes("--unknown") && !typed.includes("--from");
    return explainInput(may ? leavingOut(message) : message, options, typed);
  }
  if (error instanceof OutOfMemoryError) {
    return { message: message.replace("set recompute: true", "give --recompute"), code: FAILURE };
  }
  if (error instanceof GrammarError) {
    const text = message.replace(/^maxTokens/, "--max-tokens").replace(/; stream gives.*$/, "");
    return { message: text, code: FAILURE };
  }
  const known = error instanceof SimdreamError || error instanceof Failure;
  const hint = " (unexpected; SIMDREAM_DEBUG=1 shows where)";
  return { message: known ? message : message + hint, code: FAILURE };
}

/** Words that other programs have for options which only the command line has. */
const own = [
  "out output outputfile outputdir save",
  "resume checkpoint resumefrom resumefromcheckpoint",
  "from pretrained initfrom finetune",
  "key apikey keys token",
  "host bind listen address hostname",
  "name model modelname modelid",
];

/** The parser knows slips of the finger; this knows other programs' words, too. */
function unknownOption(message: string, typed: readonly string[]): string {
  const [first] = message.split("\n");
  const given = /'(--[^'=]*)/.exec(first)?.[1];
  const near = given && nearName(given.slice(0, 40), typed, [...own, ...otherWords]);
  return near ? `${first}; did you mean ${near}?` : message;
}

/** What to do about characters that a model does not know, in commands that can leave them out. */
export function leavingOut(message: string): string {
  return message.replace(
    /remove it from the text, create.*$/,
    "remove it, or --unknown skip leaves it out",
  );
}

/** The library speaks of options in its own names, and of ways out that only programs have. */
function explainInput(
  message: string,
  options: readonly string[],
  typed: readonly string[],
): Explanation {
  const noise = /^(drop|swap|mask) must/.exec(message)?.[1];
  if (noise) return { message: `--noise-${message}`, code: USAGE };
  if (message.startsWith("hosts must")) {
    return { message: message.replace("hosts", "--allow-host"), code: USAGE };
  }
  // Labels of a corpus are named as part of a list; these are the command line's own.
  if (options.includes("label") && message.startsWith("labels")) {
    return { message: message.replace(/^labels\.?/, "--label ").replace(" :", ":"), code: USAGE };
  }
  if (message.startsWith("documents must hold")) {
    return { message: "the model knows no character of these documents", code: FAILURE };
  }
  const asked = /^(prompt|negative)(?= "| has)/.exec(message)?.[1];
  if (asked && options.includes(asked)) {
    return { message: flag(asked) + message.slice(asked.length), code: USAGE };
  }
  const alone = /^(\w+) goes with reflow: /.exec(message)?.[1];
  if (alone) {
    return { message: `${flag(alone)} goes with --reflow, the model to learn from`, code: USAGE };
  }
  const sampled = ofSampling(message, typed);
  if (sampled) return { message: sampled, code: USAGE };
  const says = "(:| must| is for| is not for| \\(the| of documents must)";
  const option = options.find((name) => new RegExp(`^${name}${says}`).test(message));
  if (option) {
    const rest = choices(message.slice(option.length), options);
    return { message: flag(option) + rest, code: USAGE };
  }
  const text = message
    .replace("a validation fraction of", "--val")
    .replace("use more data or another fraction", "use more text, or --val 0 for no validation")
    .replace("(seqLen + 1)", "(--seq-len + 1)")
    .replace("(batch * seqLen + 1)", "(--batch * --seq-len + 1)")
    .replace("a smaller batch or seqLen", "a smaller --batch or --seq-len, or --val 0")
    .replace("a smaller seqLen", "a smaller --seq-len, or --val 0")
    .replace(
      "a larger maxLength or a model with a larger context",
      "a larger --max-length or --context",
    )
    .replace("got maxTokens", "got --max-tokens")
    .replace("create the model with a larger textContext", "train one with a larger --text-context")
    .replace('overflow: "slide"', "--overflow slide")
    .replace("resume: false", "the same command without --resume")
    .replace(/^data\[\d+\] has/, "a row of the files has")
    .replace("createHandler serves models", "serve is for models of texts, and those");
  const said = ofPictures(text);
  return {
    message: typed.includes("--label") ? said : said.replace(" or --label,", ","),
    code: FAILURE,
  };
}

/** Options of diffusion models that are typed otherwise than programs write them. */
function ofSampling(message: string, typed: readonly string[]): string | undefined {
  if (message.startsWith('attention is for network "unet"')) {
    return message
      .replace('attention is for network "unet"', "--pixel-attention is for --network unet")
      .replace(/"/g, "");
  }
  if (!typed.includes("--sampling-steps")) return undefined;
  if (message.startsWith("steps must")) return message.replace("steps", "--sampling-steps");
  const wrong = /^sampler "(\w+)" is not for objective "(\w+)"; use (.*)$/.exec(message);
  if (wrong) {
    const [, sampler, objective, others] = wrong;
    return `--sampler ${sampler} is not for a model of --objective ${objective}; use ${others}`;
  }
  const draws = message.startsWith("interpolate needs a sampler that draws nothing");
  return draws
    ? "--sampler ancestral draws in each step, and interpolate needs one that does not, such as euler"
    : undefined;
}

/** Other options that an error names: `network "dcgan"` is --network dcgan. */
function choices(message: string, options: readonly string[]): string {
  return message.replace(
    /(?<!the )\b([a-zA-Z]\w+)( "(\w[\w-]*)"|(?=, which is ))/g,
    (text, name, _, value) => {
      if (!options.includes(name)) return text;
      return value === undefined ? flag(name) : `${flag(name)} ${value}`;
    },
  );
}

/** Ways out of what is wrong with pictures, as they are typed. */
export function ofPictures(message: string): string {
  return message
    .replace('damaged: "skip" leaves', "--damaged skip leaves")
    .replace('give animated: "first" to take', "--animated first takes")
    .replace("give a size to bring", "--size brings")
    .replace("smaller: give a size", "smaller: give --size")
    .replace(/(different pictures into .*)use more text/, "$1use more pictures")
    .replace("an IDX file of labels, or withLabels", "or a file of labels after --labels")
    .replace("or create the model with labels: false", "or train one with --ignore-labels")
    .replace(/^network "dcgan" is for/, "--network dcgan is for")
    .replace(
      'Resize the pictures, or use network "dense"',
      "--size resizes them; or give --network dense",
    )
    .replace(
      "Resize the pictures, or use fewer levels",
      "--size resizes them; or give fewer --levels",
    )
    .replace("flip and shift are for", "--flip and --shift are for")
    .replace("give them labels", "put them into sub-folders, or give --labels or --label");
}

/** An option as it is typed: seqLen is --seq-len. */
export function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What went wrong with a file, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ""] ?? message;
}

const words: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than a file may be here",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
  EIO: "the device reports an error",
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "the machine has no such address",
  ENOTFOUND: "no such host",
};

/** An option that says something else than the file that shall be resumed or trained further. */
export function contradiction(
  path: string,
  name: string,
  given: unknown,
  value: unknown,
): UsageError {
  return new UsageError(
    `${flag(name)} ${given} contradicts ${path}, which was trained with ${value}; ` +
      "leave it out, or train a new model without --resume and --from",
  );
}
