// What `train` takes its files for where the options leave it open, and what it says of that.

import { headOf } from "../io/files.js";
import { holdPictures } from "../io/picture-heads.js";
import { type Reading, recognise } from "../io/recognise.js";
import { holdRecords, labelFieldsOf, type RecordFlags } from "../io/records.js";
import { kindNamed } from "../kinds/kinds.js";
import { allNames } from "../options/tables.js";
import type { Task } from "../options/task.js";

/** Bytes of a file that are looked at. */
const HEAD = 2 ** 18;

/** Options that say by themselves what the files are. */
const OF_ONE_TEXT = ["seqLen", "batching"];

/** A task whose files are read as what they are, and a line for people about it. */
export interface ReadAs {
  readonly task: Task;
  readonly note?: string;
}

/** What is given, is followed; the rest is found out. */
export function readAs(task: Task): ReadAs {
  const { flags, explicit } = task;
  if (!explicit.has("model") && holdPictures(task.paths)) {
    const note = "pictures, of which a VAE is trained (--model says what else)";
    return { task: { ...task, flags: { ...flags, model: "vae" } }, note };
  }
  if (kindNamed(flags.model)?.name !== "language") return { task };
  if (explicit.has("documents")) return { task };
  if (holdRecords(task.paths, flags as RecordFlags)) {
    if (task.paths.some(holdsConversations)) {
      return { task, note: "conversations, one a line: what the assistant says is learned" };
    }
    const { labelFields } = flags as RecordFlags;
    const labels = labelFields
      ? `with labels ${[...labelFieldsOf(labelFields).keys()].join(", ")}`
      : "without labels (--label-fields names them)";
    return { task, note: `records, a document a line, ${labels}` };
  }
  if (OF_ONE_TEXT.some((name) => explicit.has(name))) return { task };
  const reading = readingOf(task.paths);
  if (reading === "pairs" && !explicit.has("model") && !ofLanguageOnly(explicit)) {
    return {
      task: { ...task, flags: { ...flags, model: "seq2seq" } },
      note: "pairs, one a line between tabs (--model language reads them as text)",
    };
  }
  if (reading === "lines") {
    return {
      task: { ...task, flags: { ...flags, documents: "lines" } },
      note: "documents, one a line (--documents none reads one text)",
    };
  }
  return { task, note: "one text (--documents lines reads a document a line)" };
}

/** Whether an option was given that pairs do not have. */
function ofLanguageOnly(explicit: ReadonlySet<string>): boolean {
  const [language, pairs] = ["language", "seq2seq"].map((name) =>
    allNames(kindNamed(name)!.options),
  );
  return language.some((name) => explicit.has(name) && !pairs.includes(name));
}

/** What all files look like; files that are unlike each other are one text together. */
function readingOf(paths: readonly string[]): Reading {
  const [first = "text", ...others] = paths.map((path) => recognise(beginningOf(path)));
  return others.every((other) => other === first) ? first : "text";
}

/** Whether a file of records begins with a conversation. */
function holdsConversations(path: string): boolean {
  const [first] = beginningOf(path).trimStart().split("\n", 1);
  return /^\{.*"messages"\s*:/.test(first);
}

/** The lines that a file begins with. */
function beginningOf(path: string): string {
  const head = headOf(path, HEAD);
  const text = new TextDecoder().decode(head);
  // The last line may be cut.
  return head.length < HEAD ? text : text.slice(0, text.lastIndexOf("\n") + 1);
}
