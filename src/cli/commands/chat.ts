// simdream chat: a dialogue in the terminal, or over standard input and output.

import { createInterface } from "node:readline";
import type { Command } from "commander";
import type { LanguageModel } from "../../entries/node.js";
import { knowsConversations } from "../../text/markers.js";
import { ConversationTalk } from "../conversation.js";
import { Dialogue, type Talk } from "../dialogue.js";
import { Failure, UsageError } from "../errors.js";
import { useAdapter } from "../io/adapters.js";
import { modelOf, readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { languageKind } from "../kinds/language.js";
import { seq2seqKind } from "../kinds/seq2seq.js";
import {
  type AnswerFlags,
  answerRows,
  type ConfidenceFlags,
  confidenceRows,
  decoding,
} from "../options/answer-options.js";
import { dialogueRows } from "../options/dialogue-options.js";
import { unescaped } from "../options/escapes.js";
import { addOptions, command, examples } from "../options/options.js";
import { Interruption } from "../run/interruption.js";
import { visibleText } from "../show/escape.js";
import { printJson, printText } from "../show/terminal.js";

interface ChatFlags extends AnswerFlags, ConfidenceFlags {
  readonly history: number;
  readonly joiner: string;
  readonly system: string;
  readonly json?: boolean;
}

const HELP = "/reset forgets what was said, /seed <n> draws answers, /quit ends";

export function chatCommand(): Command {
  const target = command("chat", "Talks with a model of conversations, or of pairs.");
  target.argument(
    "<model>",
    "a language model that knows conversations, or a file that train --model seq2seq wrote",
  );
  addOptions(target, "Dialogue", [
    ...dialogueRows,
    ["--system <text>", "what a model of conversations is told before everything", ""],
  ]);
  addOptions(target, "Answers", [...answerRows, ...confidenceRows]);
  addOptions(target, "Output", [["--json", "print a JSON object for each answer, one a line"]]);
  target.addHelpText("after", `\nIn the dialogue: ${HELP}.`);
  examples(target, [
    "simdream chat dialogue.safetensors",
    "simdream chat dialogue.safetensors --history 2 --temperature 0.7 --seed 1",
    'simdream chat chats.safetensors --system "Be kind."',
    "echo Hello! | simdream chat dialogue.safetensors",
  ]);
  return target.action((path: string, flags: ChatFlags) => chat(path, flags));
}

async function chat(path: string, flags: ChatFlags): Promise<void> {
  checkPaths([...uses("the model", path), ...uses("--adapter", flags.adapter ?? undefined)]);
  const dialogue = await talkWith(path, flags);
  const { stdin, stdout } = process;
  const terminal = Boolean(stdin.isTTY && stdout.isTTY) && !flags.json;
  const output = terminal ? { output: stdout, prompt: "> " } : {};
  const lines = createInterface({ input: stdin, terminal, crlfDelay: Infinity, ...output });
  const leaving = new AbortController();
  const leave = () => {
    leaving.abort();
    lines.close();
  };
  const interruption = new Interruption(() => {}, leave);
  lines.on("SIGINT", leave);
  if (terminal) stdout.write(`${HELP}\n`);
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() === "/quit") break;
    const said = line.trim();
    if (said.startsWith("/")) {
      const note = obey(dialogue, said);
      if (flags.json) printJson({ command: said, note });
      else printText(`(${note})\n`);
    } else if (said !== "") {
      await reply(dialogue, said, flags, leaving.signal);
    }
    if (leaving.signal.aborted) break;
    lines.prompt();
  }
  if (terminal) stdout.write("\n");
  interruption.end();
  lines.close();
  // Standard input may still be open, and is no reason to stay.
  stdin.destroy();
}

/** @throws Failure for a model that cannot talk */
async function talkWith(path: string, flags: ChatFlags): Promise<Talk> {
  const read = await readModel(path);
  const adapter = flags.adapter ?? undefined;
  if (read.kind.model === languageKind.model) {
    const model = read.model as LanguageModel;
    if (model.config.documents && knowsConversations(model.tokenizer)) {
      checkHistory(path, flags);
      await useAdapter(path, model, adapter);
      return new ConversationTalk(model, decoding(flags), flags, unescaped(flags).system);
    }
    throw new Failure(
      `${path} holds a language model that knows no conversations: it came without a chat template, or ` +
        "learned none; use simdream generate",
    );
  }
  const model = modelOf(seq2seqKind, path, read);
  if (flags.system !== "") {
    throw new UsageError(
      `--system is for models of conversations; ${visibleText(path)} is a model of pairs, which has no place for it`,
    );
  }
  await useAdapter(path, model, adapter);
  return new Dialogue(model, decoding(flags), unescaped(flags));
}

/** @throws UsageError for what a model of conversations does without */
function checkHistory(path: string, { history, joiner }: ChatFlags): void {
  const [, joins] = dialogueRows.map(([, , value]) => value);
  const given = history > 0 ? "--history" : joiner === joins ? undefined : "--joiner";
  if (given === undefined) return;
  throw new UsageError(
    `${given} is for models of pairs; ${visibleText(path)} knows conversations, and reads all that was said`,
  );
}

/** Carries out a line that begins with a slash, and says what came of it. */
function obey(dialogue: Talk, line: string): string {
  const [name, ...words] = line.split(/\s+/);
  if (name === "/reset" && words.length === 0) {
    dialogue.reset();
    return "what was said is forgotten";
  }
  if (name !== "/seed") return HELP;
  const seed = /^\d+$/.test(words[0] ?? "") ? Number(words[0]) : Number.NaN;
  if (words.length !== 1 || !Number.isSafeInteger(seed))
    return "/seed needs a whole number: /seed 7";
  dialogue.seed = seed;
  return `answers are drawn, from seed ${seed} on`;
}

async function reply(
  dialogue: Talk,
  line: string,
  flags: ChatFlags,
  signal: AbortSignal,
): Promise<void> {
  const { json } = flags;
  const unknown = dialogue.unknown(line);
  const enough = flags.unknown === "skip" && unknown.length < new Set(line).size;
  if (unknown.length > 0 && !enough) {
    const note = `I have never seen ${unknown.join(" ")}; please say it in other words`;
    if (json) printJson({ source: line, unknown, note });
    else printText(`(${note})\n`);
    return;
  }
  let text = "";
  try {
    for await (const piece of dialogue.answer(line, signal)) {
      text += piece;
      if (!json) printText(piece);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (json) printJson({ source: line, text });
  else process.stdout.write("\n");
}
